import { api, faultOf } from '../../lib/api'
import { look, setElder } from '../../lib/look'
import { newKey } from '../../lib/once'
import { dataset, page, sure } from '../../lib/page'
import { choosePhotos, upload } from '../../lib/photos'
import { villageName } from '../../lib/places'
import { forget, loggedIn, person } from '../../lib/session'
import { setUnread } from '../../lib/unread'
import { kindWords } from '../../lib/words'

/** Who uses this phone, and all that is set or looked up seldom. It asks nothing of the server to be shown. */
page({
  data: {
    loggedIn: false, id: '', name: '', kind: '', kindWords: '', village: '', photo: '', elder: false, version: '',
    advisorCells: [
      { icon: 'calendar', words: '我的班次', url: '/pkg-advisor/schedule/schedule' },
      { icon: 'sun', words: '请假', url: '/pkg-advisor/leave/leave' },
      { icon: 'place', words: '到村签到', url: '/pkg-advisor/sign-in/sign-in' },
      { icon: 'chart', words: '这个月做了多少', url: '/pkg-advisor/month/month' },
      { icon: 'star-line', words: '收到的评价', url: '/pkg-advisor/ratings/ratings' },
      { icon: 'history', words: '我的履历', url: '/pkg-advisor/record/record' },
    ],
  },

  onShow() {
    const me = person()
    const { version, envVersion } = wx.getAccountInfoSync().miniProgram
    this.setData({
      state: 'ready', loggedIn: loggedIn(), id: me?.id ?? '', name: me?.name ?? '', kind: me?.kind ?? '', kindWords: me ? kindWords[me.kind] : '',
      elder: look().elder, version: version || (envVersion === 'develop' ? '开发版' : '体验版'),
    })
    void this.readMore()
  },

  /** What the phone does not know by itself comes after the first picture, which stands without it. */
  async readMore() {
    const me = person()
    this.setData({ village: me?.village ? await villageName(me.village) : '' })
    if (me?.kind !== 'advisor') return
    const card = await api.get('/advisors/{id}', { path: { id: me.id } }).catch(() => null)
    this.setData({ photo: card?.photo ?? '' })
  },

  open(event: WechatMiniprogram.TouchEvent) {
    void wx.navigateTo({ url: dataset<{ url: string }>(event).url })
  },

  toggleElder() {
    setElder(!this.data.elder)
    this.setData({ elder: look().elder })
  },

  /** An advisor's photo, for everybody to see. */
  async changePhoto() {
    if (!this.data.photo) return this.takePhoto()
    const { tapIndex } = await wx.showActionSheet({ itemList: ['换一张', '撤下照片'] }).catch(() => ({ tapIndex: -1 }))
    if (tapIndex === 0) await this.takePhoto()
    else if (tapIndex === 1) await this.putPhoto(() => Promise.resolve(null))
  },

  async takePhoto() {
    const [path] = await choosePhotos(1)
    if (path) await this.putPhoto(() => upload(path, newKey()))
  },

  async putPhoto(bring: () => Promise<string | null>) {
    await this.act(async () => {
      await api.put('/me/photo', { body: { file: await bring() } })
      await this.readMore()
    })
  },

  async leave() {
    if (!(await sure('退出以后，这部手机上没有写完的内容会清掉。预约不受影响。', '退出登录'))) return
    await this.act(async () => {
      // A shared phone forgets in any case; without a network the server's token ends by itself, within two hours.
      await api.delete('/me/sessions').catch((err: unknown) => {
        if (!faultOf(err).offline) throw err
      })
      forget()
      setUnread(0)
      void wx.reLaunch({ url: '/pages/welcome/welcome' })
    })
  },
})
