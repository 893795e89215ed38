// Moving between pages, and what a page says about the bars around it.
import type { WindowConfig } from '../config'
import type { Instance, SelectorQuery } from '../engine'
import type { LaunchOptions } from '../life'
import type { Pages } from '../pages'
import { call, Refusal } from './call'

interface Target {
  url: string
  events?: Record<string, (...args: unknown[]) => void>
}

export const navigation = (pages: Pages, launch: LaunchOptions) => ({
  navigateTo: call('navigateTo', ({ url, events = {} }: Target) => {
    const eventChannel = pages.navigateTo(url, events)
    return { eventChannel }
  }),
  redirectTo: call('redirectTo', ({ url }: Target) => pages.redirectTo(url)),
  switchTab: call('switchTab', ({ url }: Target) => pages.switchTab(url)),
  reLaunch: call('reLaunch', ({ url }: Target) => pages.reLaunch(url)),
  navigateBack: call('navigateBack', ({ delta = 1 }: { delta?: number }) => pages.navigateBack(delta)),
  enableAlertBeforeUnload: call('enableAlertBeforeUnload', ({ message }: { message: string }) => {
    pages.top.alertBeforeUnload = message
  }),
  disableAlertBeforeUnload: call('disableAlertBeforeUnload', () => {
    pages.top.alertBeforeUnload = undefined
  }),
  getLaunchOptionsSync: () => launch,
  getEnterOptionsSync: () => launch,

  setNavigationBarTitle: call('setNavigationBarTitle', ({ title }: { title: string }) => pages.top.shell.setTitle(title)),
  setNavigationBarColor: call('setNavigationBarColor', (options: { frontColor: string; backgroundColor: string }) => {
    const colours: WindowConfig = {
      navigationBarTextStyle: options.frontColor === '#000000' ? 'black' : 'white',
      navigationBarBackgroundColor: options.backgroundColor,
    }
    pages.top.setColours(colours)
  }),
  startPullDownRefresh: call('startPullDownRefresh', () => pages.top.shell.startRefresh()),
  stopPullDownRefresh: call('stopPullDownRefresh', () => pages.top.shell.stopRefresh()),
  pageScrollTo: call('pageScrollTo', ({ scrollTop, selector, duration = 300, offsetTop = 0 }: ScrollTarget) => {
    const { scroller } = pages.top.shell
    const behavior = duration > 0 ? 'smooth' : 'auto'
    const target = selector ? scroller.querySelector(selector) : null
    if (selector && !target) throw new Refusal('selector not found')
    const top = target
      ? scroller.scrollTop + target.getBoundingClientRect().top - scroller.getBoundingClientRect().top + offsetTop
      : scrollTop
    scroller.scrollTo({ top, behavior })
  }),

  createSelectorQuery: (): SelectorQuery => pages.top.instance.createSelectorQuery(),
  createIntersectionObserver: (component: Instance, options?: object) => component.createIntersectionObserver(options),
  nextTick: (run: () => void) => void Promise.resolve().then(run),
})

interface ScrollTarget {
  scrollTop?: number
  selector?: string
  duration?: number
  offsetTop?: number
}
