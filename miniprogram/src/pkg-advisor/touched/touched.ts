import type { Touched } from '../edits'

/** The bookings that a change would push out, before it is made. It tells `save`, or `leave` to change nothing. */
Component({
  properties: {
    items: { type: Array, value: [] as Touched[] },
    busy: Boolean,
  },
  methods: {
    open(event: WechatMiniprogram.TouchEvent) {
      void wx.navigateTo({ url: `/pages/booking/booking?id=${(event.currentTarget.dataset as { id: string }).id}` })
    },
    save() {
      this.triggerEvent('save')
    },
    leave() {
      this.triggerEvent('leave')
    },
  },
})
