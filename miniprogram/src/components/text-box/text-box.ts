import { isDanger } from '../../lib/danger'
import { look } from '../../lib/look'

/**
 * A text to write in: its name, how much is left, where to speak instead of
 * writing, and 110 and 12348 at once when the words say that somebody is in
 * danger. It tells `change` with the text.
 */
Component({
  properties: {
    label: String,
    value: { type: String, value: '' },
    placeholder: String,
    max: { type: Number, value: 200 },
    needed: Boolean,
    problem: String,
    calm: Boolean, // a report by a lawyer may name what would be danger in a question
  },
  data: { danger: false, elder: look().elder, focus: false },
  observers: {
    'value, calm'(value: string, calm: boolean) {
      this.setData({ danger: !calm && isDanger(value) })
    },
  },
  lifetimes: {
    attached() {
      this.setData({ elder: look().elder })
    },
  },
  methods: {
    typed(event: WechatMiniprogram.TextareaInput) {
      const { value } = event.detail
      this.setData({ value })
      this.triggerEvent('change', { value })
    },
    speak() {
      this.setData({ focus: true })
    },
    left() {
      this.setData({ focus: false })
    },
    call(event: WechatMiniprogram.TouchEvent) {
      const { number } = event.currentTarget.dataset as { number: string }
      wx.makePhoneCall({ phoneNumber: number, fail: () => undefined })
    },
  },
})
