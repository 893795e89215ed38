/** What stands in place of a page's content: being loaded, nothing there, a fault with a way to try again, a login that is needed. */
Component({
  properties: {
    state: String,
    problem: String,
    empty: { type: String, value: '还没有内容' },
    hint: String,
    drawing: { type: String, value: 'file' },
  },
  methods: {
    again() {
      this.triggerEvent('retry')
    },
    enter() {
      void wx.navigateTo({ url: '/pages/welcome/welcome' })
    },
  },
})
