import { faultOf } from './api'
import type { Fault } from './api'
import { look, lookChanged } from './look'
import type { Look } from './look'
import { hasNetwork } from './network'
import { loggedIn } from './session'

/** What a page shows in place of its content until there is any. */
export type State = 'loading' | 'ready' | 'empty' | 'error' | 'offline' | 'stranger'

/** What every page's data hold. */
interface Standing extends Record<string, unknown> {
  look: Look
  state: State
  problem: string
  busy: boolean
}

/** What every page can do. */
interface Doing {
  /** Asks for the page's content, by its own `load`, and shows how that went, which it answers too. What is shown already stays. */
  fill(): Promise<Fault | null>
  /** Does something once, however often it is tapped; a refusal is shown, and answered. */
  act(doing: () => Promise<void>): Promise<Fault | null>
}

type Data = WechatMiniprogram.Page.DataOption
type Custom = WechatMiniprogram.Page.CustomOption

type Definition<D extends Data, C extends Custom> = C & { data: D; load?(): Promise<State | void> } &
  Partial<WechatMiniprogram.Page.ILifetime> & ThisType<WechatMiniprogram.Page.Instance<D & Standing, C & Doing>>

/** Defines a page: as Page does, and with what all of ours have. */
export function page<D extends Data, C extends Custom>(own: Definition<D, C>): void {
  type Self = WechatMiniprogram.Page.Instance<Standing, Doing> & { load?(): Promise<State | void>; unlisten?(): void }
  const { data, onLoad, onUnload, onShow } = own
  Page({
    ...own,
    data: { ...data, look: look(), state: 'loading', problem: '', busy: false },

    onLoad(this: Self, query) {
      this.setData({ look: look() })
      this.unlisten = lookChanged.listen(() => this.setData({ look: look() }))
      return onLoad?.call(this as never, query)
    },

    onShow(this: Self) {
      this.getTabBar?.()?.setData({ current: `/${this.route}` }) // WeChat leaves it to the page to say which tab it is
      if (this.data.state === 'stranger' && loggedIn()) void this.fill()
      return onShow?.call(this as never)
    },

    onUnload(this: Self) {
      this.unlisten?.()
      return onUnload?.call(this as never)
    },

    async onPullDownRefresh(this: Self) {
      const fault = await this.fill()
      void wx.stopPullDownRefresh()
      if (fault?.offline && this.data.state === 'ready' && hasNetwork()) tell('没有读到新的，看到的还是刚才的。请过一会儿再试。')
    },

    async fill(this: Self) {
      if (this.data.state !== 'ready') this.setData({ state: 'loading', problem: '' })
      try {
        this.setData({ state: (await this.load?.()) ?? 'ready' })
        return null
      } catch (err) {
        const fault = faultOf(err)
        if (fault.reason === 'login_needed') this.setData({ state: 'stranger' })
        else if (this.data.state !== 'ready') this.setData({ state: fault.offline ? 'offline' : 'error', problem: fault.message })
        else if (!fault.offline) tell(fault.message) // without a network the help-line says so
        return fault
      }
    },

    async act(this: Self, doing: () => Promise<void>) {
      if (this.data.busy) return null
      this.setData({ busy: true })
      try {
        await doing()
        return null
      } catch (err) {
        const fault = faultOf(err)
        answer(fault)
        return fault
      } finally {
        this.setData({ busy: false })
      }
    },
  } as WechatMiniprogram.Page.Options<Data, Custom>)
}

/** Says something that stays until it was read. */
export function tell(content: string, title = ''): void {
  void wx.showModal({ title, content, showCancel: false, confirmText: '知道了' })
}

/** Asks before something that hurts if it was a slip. */
export async function sure(content: string, confirmText = '确定'): Promise<boolean> {
  const { confirm } = await wx.showModal({ content, confirmText, cancelText: '不了' })
  return confirm
}

/** A refusal that another page can mend leads there; any other is told. */
function answer(fault: Fault): void {
  if (fault.reason === 'consent_required') void wx.navigateTo({ url: '/pages/privacy/privacy?agree=1' })
  else if (fault.reason === 'login_needed') void wx.navigateTo({ url: '/pages/welcome/welcome' })
  else tell(fault.fields[0]?.message ?? fault.message)
}

/** Where a tapped thing's `data-…` are. */
export function dataset<T extends object>(event: WechatMiniprogram.BaseEvent): T {
  return event.currentTarget.dataset as T
}
