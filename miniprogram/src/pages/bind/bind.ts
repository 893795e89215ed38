import { api } from '../../lib/api'
import { dropDraft, keepDraft, readDraft } from '../../lib/drafts'
import { page } from '../../lib/page'
import { lookAt } from '../../lib/places'
import { loggedIn, startSession } from '../../lib/session'
import { goHome } from '../../lib/tabs'
import { refreshUnread } from '../../lib/unread'
import { kindWords } from '../../lib/words'

/** An advisor, a cadre or a helper of the rosters says who they are, by the code that the office gave them. */
page({
  data: { code: '', wrong: '' },

  async onLoad() {
    this.setData({ code: (await readDraft<{ code: string }>('bind'))?.code ?? '' })
  },

  typed(event: WechatMiniprogram.Input) {
    this.setData({ code: event.detail.value, wrong: '' })
    void keepDraft('bind', { code: event.detail.value })
  },

  async send() {
    const code = this.data.code.replace(/[\s-]/g, '').toUpperCase()
    if (!code) return this.setData({ wrong: '请写司法所给您的绑定码' })
    if (!loggedIn()) return void wx.navigateTo({ url: '/pages/welcome/welcome' })
    const fault = await this.act(async () => {
      const session = await api.post('/me/bind', { body: { code } })
      await dropDraft('bind')
      startSession(session)
      lookAt('')
      void refreshUnread()
      const { name, kind } = session.person
      await wx.showModal({ title: '绑定好了', content: `您现在是：${name}，${kindWords[kind]}`, showCancel: false, confirmText: '进入' })
      goHome()
    })
    if (fault) this.setData({ wrong: fault.fields[0]?.message ?? fault.message })
  },
})
