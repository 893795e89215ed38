// What WeChat draws around a page: the bar with title and back, the dots that
// show when the page is pulled down, and the box that scrolls.
import type { WindowConfig } from './config'
import { drag } from './gestures'

export interface ShellEvents {
  back(): void
  home(): void
  pull(): void
  scroll(scrollTop: number): void
  bottom(): void
}

const pullDistance = 60
const restingPull = 50

export class Shell {
  readonly element = html('div', 'mp-shell')
  readonly view = html('div', 'mp-body')
  readonly scroller = html('div', 'mp-scroll')
  readonly tabs = html('div', 'mp-tabs')
  private readonly bar = html('header', 'mp-nav')
  private readonly title = html('h1', 'mp-title')
  private readonly dots = html('div', 'mp-dots')
  private bottomSeenAt = -1
  private refreshing = false

  constructor(
    path: string,
    private readonly window: WindowConfig,
    private readonly events: ShellEvents,
    leading: 'back' | 'home' | 'none',
  ) {
    this.element.dataset.page = path
    if (window.navigationStyle === 'custom') this.element.classList.add('mp-bare')
    else this.buildBar(leading)
    this.dots.append(html('i'), html('i'), html('i'))
    this.view.append(this.dots, this.scroller, this.tabs)
    this.element.append(this.view)
    this.scroller.addEventListener('scroll', () => this.scrolled())
    if (window.enablePullDownRefresh) this.listenForPull()
  }

  show(on: boolean) {
    this.element.hidden = !on
  }

  setTitle(text: string) {
    this.title.textContent = text
    if (!this.element.hidden) document.title = text
  }

  get titleText() {
    return this.title.textContent
  }

  setColours(settings: WindowConfig) {
    this.bar.style.backgroundColor = settings.navigationBarBackgroundColor ?? '#000000'
    this.bar.style.color = settings.navigationBarTextStyle === 'black' ? '#000' : '#fff'
    this.view.style.backgroundColor = settings.backgroundColor ?? '#ffffff'
  }

  startRefresh() {
    if (this.refreshing) return
    this.refreshing = true
    this.pulled(restingPull, true)
    this.events.pull()
  }

  stopRefresh() {
    this.refreshing = false
    this.pulled(0, true)
  }

  private buildBar(leading: 'back' | 'home' | 'none') {
    if (leading !== 'none') {
      const button = html('button', `mp-${leading}`)
      button.setAttribute('aria-label', leading === 'back' ? '返回' : '回到首页')
      button.addEventListener('click', () => this.events[leading]())
      this.bar.append(button)
    }
    const capsule = html('span', 'mp-capsule')
    capsule.setAttribute('aria-hidden', 'true')
    this.bar.append(this.title, capsule)
    this.element.append(this.bar)
    this.title.textContent = this.window.navigationBarTitleText ?? ''
  }

  private scrolled() {
    const { scrollTop, clientHeight, scrollHeight } = this.scroller
    this.events.scroll(scrollTop)
    const near = scrollTop + clientHeight >= scrollHeight - (this.window.onReachBottomDistance ?? 50)
    if (!near) this.bottomSeenAt = -1
    else if (this.bottomSeenAt !== scrollHeight) {
      // Once for each time that the end comes near, and again when the page has grown.
      this.bottomSeenAt = scrollHeight
      this.events.bottom()
    }
  }

  private listenForPull() {
    drag(this.scroller, {
      start: () => this.scroller.scrollTop <= 0 && !this.refreshing && !this.element.hidden,
      move: (_, y) => this.pulled(Math.max(0, Math.min(y, 2 * pullDistance)), false),
      end: (_, y) => {
        if (y > pullDistance && this.scroller.scrollTop <= 0) this.startRefresh()
        else this.pulled(0, true)
      },
    })
  }

  private pulled(distance: number, eased: boolean) {
    this.scroller.style.transition = eased ? 'translate 0.2s' : ''
    this.scroller.style.translate = distance > 0 ? `0 ${distance}px` : ''
    this.dots.classList.toggle('on', distance > 0)
  }
}

function html<K extends keyof HTMLElementTagNameMap>(tag: K, className = ''): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  element.className = className
  return element
}
