import { log } from '../../lib/log'

Page({
  data: { things: ['甲', '乙'], counted: 0, told: '' },
  onLoad() {
    log('home load')
  },
  onShow() {
    log('home show')
    this.getTabBar().setData({ badge: '(2)' })
  },
  onHide() {
    log('home hide')
  },
  onUnload() {
    log('home unload')
  },
  counted(event: { detail: { count: number } }) {
    this.setData({ counted: event.detail.count })
  },
  async open() {
    const { eventChannel } = await wx.navigateTo({
      url: '../detail/detail?id=1&word=%E6%9D%91',
      events: { told: (word: string) => this.setData({ told: word }) },
    })
    eventChannel.emit('greeting', '你好')
  },
})
