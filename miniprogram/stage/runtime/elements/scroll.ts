// Boxes whose content moves: scroll-view and swiper.
import { emit } from '../engine'
import { Base } from './base'

const usualThreshold = 50

export class ScrollView extends Base {
  static observedAttributes = ['scroll-top', 'scroll-left', 'scroll-into-view']
  private listening = false
  private at = { top: 0, left: 0 }
  private atUpper = true
  private atLower = false

  connectedCallback() {
    if (this.listening) return
    this.listening = true
    this.addEventListener('scroll', () => this.scrolled())
  }

  attributeChangedCallback(name: string, _: string | null, value: string | null) {
    if (value === null) return
    const behavior = this.hasAttribute('scroll-with-animation') ? 'smooth' : 'auto'
    // What is to be scrolled to may come with the same change of data.
    requestAnimationFrame(() => {
      if (name === 'scroll-into-view') this.reveal(value, behavior)
      else this.scrollTo({ [name === 'scroll-top' ? 'top' : 'left']: Number.parseFloat(value), behavior })
    })
  }

  private reveal(id: string, behavior: ScrollBehavior) {
    const target = id && this.querySelector(`#${CSS.escape(id)}`)
    if (!target) return
    const [box, inner] = [this.getBoundingClientRect(), target.getBoundingClientRect()]
    if (this.hasAttribute('scroll-y')) this.scrollTo({ top: this.scrollTop + inner.top - box.top, behavior })
    if (this.hasAttribute('scroll-x')) this.scrollTo({ left: this.scrollLeft + inner.left - box.left, behavior })
  }

  private scrolled() {
    const { scrollTop, scrollLeft, scrollHeight, scrollWidth } = this
    const deltaX = this.at.left - scrollLeft
    const deltaY = this.at.top - scrollTop
    this.at = { top: scrollTop, left: scrollLeft }
    emit(this, 'scroll', { scrollTop, scrollLeft, scrollHeight, scrollWidth, deltaX, deltaY })
    const vertical = this.hasAttribute('scroll-y')
    const position = vertical ? scrollTop : scrollLeft
    const end = vertical ? scrollHeight - this.clientHeight : scrollWidth - this.clientWidth
    const upper = position <= Number(this.word('upper-threshold') || usualThreshold)
    const lower = position >= end - Number(this.word('lower-threshold') || usualThreshold)
    if (upper && !this.atUpper) emit(this, 'scrolltoupper', { direction: vertical ? 'top' : 'left' })
    if (lower && !this.atLower) emit(this, 'scrolltolower', { direction: vertical ? 'bottom' : 'right' })
    this.atUpper = upper
    this.atLower = lower
  }
}

export class Swiper extends Base {
  static observedAttributes = ['current']
  private index = 0
  private listening = false

  connectedCallback() {
    if (this.listening) return
    this.listening = true
    this.addEventListener('scrollend', () => this.settle(Math.round(this.scrollLeft / this.clientWidth), 'touch'))
  }

  attributeChangedCallback(_name: string, before: string | null, value: string | null) {
    const index = Number(value ?? 0)
    // The change of data that asks for it must have come to its end before it is answered.
    requestAnimationFrame(() => {
      this.scrollTo({ left: this.clientWidth * index })
      if (before !== null) this.settle(index, '')
    })
  }

  private settle(index: number, source: string) {
    if (index === this.index) return
    this.index = index
    emit(this, 'change', { current: index, source })
  }
}
