const many = (count: number) => Array.from({ length: count }, (_, index) => index)

Page({
  data: { rows: many(30), refreshed: 0, top: 0, box: '', lower: 0, seen: '' },
  onPullDownRefresh() {
    this.setData({ refreshed: this.data.refreshed + 1 })
    setTimeout(() => void wx.stopPullDownRefresh(), 300)
  },
  onReachBottom() {
    this.setData({ rows: many(this.data.rows.length + 10) })
  },
  onPageScroll(event: { scrollTop: number }) {
    this.setData({ top: Math.round(event.scrollTop) })
  },
  lower() {
    this.setData({ lower: this.data.lower + 1 })
  },
  reveal() {
    this.setData({ box: 'box9' })
  },
  down() {
    void wx.pageScrollTo({ scrollTop: 300, duration: 0 })
  },
  onReady() {
    this.createIntersectionObserver()
      .relativeToViewport()
      .observe('.row20', ({ intersectionRatio }) => {
        if (intersectionRatio > 0) this.setData({ seen: '看见了20' })
      })
  },
})
