Page({
  data: { said: '', picture: '' },
  say(value: unknown) {
    this.setData({ said: typeof value === 'string' ? value : JSON.stringify(value) })
  },
  base() {
    return wx.getStorageSync('apiBase') + '/api'
  },
  request() {
    wx.request({
      url: `${this.base()}/echo`,
      method: 'POST',
      data: { word: '村' },
      success: ({ data, statusCode, header }: { data: object; statusCode: number; header: Record<string, string> }) =>
        this.say({ data, statusCode, date: header.Date }),
    })
  },
  slow() {
    wx.request({ url: `${this.base()}/slow`, timeout: 100, fail: ({ errMsg }: { errMsg: string }) => this.say(errMsg) })
  },
  abort() {
    const task = wx.request({ url: `${this.base()}/slow`, fail: ({ errMsg }: { errMsg: string }) => this.say(errMsg) })
    task.abort()
  },
  async take() {
    const { tempFiles } = await wx.chooseMedia({ count: 1, mediaType: ['image'] })
    wx.getFileSystemManager().saveFile({
      tempFilePath: tempFiles[0].tempFilePath,
      success: ({ savedFilePath }: { savedFilePath: string }) => {
        wx.setStorageSync('picture', savedFilePath)
        this.onLoad()
      },
    })
  },
  onLoad() {
    this.setData({ picture: wx.getStorageSync('picture') })
  },
  upload() {
    wx.uploadFile({
      url: `${this.base()}/upload`,
      filePath: this.data.picture,
      name: 'file',
      formData: { kind: 'photo' },
      success: ({ data }: { data: string }) => this.say(data),
    })
  },
  async secret() {
    await wx.setStorage({ key: 'secret', data: '机密', encrypt: true })
    const { data } = await wx.getStorage({ key: 'secret', encrypt: true })
    this.say([data, wx.getStorageSync('secret'), wx.getStorageInfoSync().keys])
  },
  async where() {
    await wx.getLocation({ type: 'gcj02' }).then(
      ({ latitude }: { latitude: number }) => this.say(`纬度${latitude}`),
      ({ errMsg }: { errMsg: string }) => this.say(errMsg),
    )
  },
  async scan() {
    this.say((await wx.scanCode({})).result)
  },
  async call() {
    await wx.makePhoneCall({ phoneNumber: '12348' })
    this.say('打过了')
  },
  async subscribe() {
    this.say(await wx.requestSubscribeMessage({ tmplIds: ['told'] }))
  },
  async subscribeLate() {
    await new Promise((resolve) => setTimeout(resolve, 20))
    await wx.requestSubscribeMessage({ tmplIds: ['told'] }).catch(({ errMsg }: { errMsg: string }) => this.say(errMsg))
  },
  async ask() {
    const { confirm, content } = await wx.showModal({ title: '写一句', editable: true, content: '原来的' })
    const { tapIndex } = await wx.showActionSheet({ itemList: ['第一', '第二'] })
    await wx.showToast({ title: '都好了' })
    this.say([confirm, content, tapIndex])
  },
  measure() {
    wx.createSelectorQuery()
      .select('#said')
      .boundingClientRect(({ top, width }: { top: number; width: number }) => this.say({ top, width }))
      .exec()
  },
  network() {
    wx.onNetworkStatusChange(({ isConnected }: { isConnected: boolean }) => this.say(isConnected ? '连上了' : '断开了'))
  },
})
