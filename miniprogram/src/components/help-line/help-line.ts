import { office, villageChanged } from '../../lib/places'

/** Somebody to call, one tap away: the village's 司法所 and 12348. */
Component({
  data: { office: office() },
  lifetimes: {
    attached() {
      const refresh = (): void => this.setData({ office: office() })
      refresh()
      Object.assign(this, { unlisten: villageChanged.listen(refresh) })
    },
    detached() {
      (this as unknown as { unlisten?: () => void }).unlisten?.()
    },
  },
  methods: {
    call(event: WechatMiniprogram.TouchEvent) {
      const { number } = event.currentTarget.dataset as { number: string }
      wx.makePhoneCall({ phoneNumber: number, fail: () => undefined }) // not wanting to call is no fault
    },
  },
})
