import { hasNetwork, networkChanged } from '../../lib/network'
import { learnOffice, office, villageChanged } from '../../lib/places'

/** Somebody to call, one tap away: the village's 司法所 and 12348. It also says when there is no network. */
Component({
  data: { office: office(), offline: false },
  lifetimes: {
    attached() {
      const refresh = (): void => this.setData({ office: office(), offline: !hasNetwork() })
      refresh()
      const ends = [villageChanged, networkChanged].map((signal) => signal.listen(refresh))
      learnOffice().catch(() => undefined) // 12348 stands in any case
      Object.assign(this, { unlisten: () => ends.forEach((end) => end()) })
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
