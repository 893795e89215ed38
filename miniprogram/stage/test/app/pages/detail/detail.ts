import { log } from '../../lib/log'

Page({
  data: { id: '', word: '', greeting: '', asks: false },
  onLoad(query: { id: string; word?: string }) {
    log('detail load')
    this.setData({ id: query.id, word: decodeURIComponent(query.word ?? '') })
    this.getOpenerEventChannel().on('greeting', (greeting: string) => this.setData({ greeting }))
  },
  onUnload() {
    log('detail unload')
  },
  tell() {
    this.getOpenerEventChannel().emit('told', '说过了')
    void wx.navigateBack()
  },
  askFirst() {
    void wx.enableAlertBeforeUnload({ message: '还没有保存，要离开吗？' })
  },
})
