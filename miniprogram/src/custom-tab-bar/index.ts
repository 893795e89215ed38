import { goTo, tabs } from '../lib/tabs'
import { look, lookChanged } from '../lib/look'
import { sessionChanged } from '../lib/session'
import { unread, unreadChanged } from '../lib/unread'

Component({
  data: { tabs: tabs(), current: '', unread: 0, look: look() },

  lifetimes: {
    attached() {
      const refresh = (): void => {
        const pages = getCurrentPages()
        const top = pages[pages.length - 1]
        this.setData({ tabs: tabs(), unread: unread(), look: look(), current: this.data.current || (top ? `/${top.route}` : '') })
      }
      refresh()
      const ends = [lookChanged, sessionChanged, unreadChanged].map((signal) => signal.listen(refresh))
      Object.assign(this, { unlisten: () => ends.forEach((end) => end()) })
    },
    detached() {
      (this as unknown as { unlisten?: () => void }).unlisten?.()
    },
  },

  methods: {
    go(event: WechatMiniprogram.TouchEvent) {
      const tab = this.data.tabs[(event.currentTarget.dataset as { index: number }).index]!
      if (tab.url !== this.data.current) goTo(tab)
    },
  },
})
