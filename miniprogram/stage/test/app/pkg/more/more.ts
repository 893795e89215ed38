Page({
  data: { failed: '', at: 0 },
  async wrong() {
    const failures: string[] = []
    for (const [name, url] of [
      ['navigateTo', '/pages/list/list'],
      ['navigateTo', '/pages/none/none'],
      ['redirectTo', '/pages/home/home'],
      ['switchTab', '/pages/detail/detail'],
    ]) {
      await wx[name]({ url }).catch((failure: { errMsg: string }) => failures.push(failure.errMsg))
    }
    this.setData({ failed: failures.join('\n') })
  },
  turn() {
    this.setData({ at: 1 })
  },
  turned(event: { detail: { current: number } }) {
    this.setData({ at: event.detail.current })
  },
  preview() {
    void wx.previewImage({ urls: ['assets/dot.svg', 'assets/dot.svg'], current: 'assets/dot.svg' })
  },
  absent() {
    wx.chooseInvoice()
  },
  rejected() {
    void Promise.reject(new Error('没有人管'))
  },
})
