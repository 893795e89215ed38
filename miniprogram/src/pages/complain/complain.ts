import type { Schemas } from '../../lib/api'
import { api, Fault } from '../../lib/api'
import { now } from '../../lib/clock'
import { dropDraft, keepDraft, readDraft } from '../../lib/drafts'
import { Once } from '../../lib/once'
import { page } from '../../lib/page'
import { loggedIn } from '../../lib/session'
import { sayTime } from '../../lib/times'
import { isOwn, lawyerName } from '../appointments'

/** What is written by hand: it outlives the page until it was sent. */
interface Draft { text: string; files: string[] }

/** A complaint: about an appointment, about an advisor, or about the service. */
page({
  data: { appointment: '', advisorId: '', about: '', lawyer: '', text: '', files: [] as string[], wrong: '' },
  once: null as Once | null,

  onLoad({ appointment = '', advisor = '' }: { appointment?: string; advisor?: string }) {
    this.once = new Once()
    this.setData({ appointment, advisorId: advisor })
    void this.fill()
  },

  async load(): Promise<void> {
    if (!loggedIn()) throw new Fault(-1, 'login_needed', '登录以后才能投诉')
    const { appointment, advisorId } = this.data
    const [a, draft] = await Promise.all([
      appointment ? api.get('/appointments/{id}', { path: { id: appointment } }) : null, readDraft<Draft>(this.draftName()),
    ])
    const id = a && isOwn(a) ? a.advisor : advisorId
    const lawyer = id ? await lawyerName(id) : ''
    this.setData({ lawyer, about: a ? `${sayTime(a.start, now())}，${lawyer}` : lawyer, ...draft })
  },

  draftName() {
    return `complain:${this.data.appointment || this.data.advisorId}`
  },

  write(event: WechatMiniprogram.CustomEvent<{ value: string }>) {
    this.setData({ text: event.detail.value, wrong: '' })
    this.keep()
  },

  setFiles(event: WechatMiniprogram.CustomEvent<{ ids: string[] }>) {
    this.setData({ files: event.detail.ids })
    this.keep()
  },

  keep() {
    void keepDraft(this.draftName(), { text: this.data.text, files: this.data.files } satisfies Draft)
  },

  async send() {
    const { appointment, advisorId, text, files } = this.data
    if (!text.trim()) return this.setData({ wrong: '请写一写是什么事' })
    await this.act(async () => {
      const body: Schemas['ComplaintRequest'] = {
        text: text.trim(), ...(appointment ? { appointment } : advisorId ? { advisor: advisorId } : {}), ...(files.length ? { files } : {}),
      }
      const made = await api.post('/complaints', { body, key: this.once!.keyOf(body) })
      this.once!.done()
      await dropDraft(this.draftName())
      void wx.redirectTo({ url: `/pages/complaint/complaint?id=${made.id}&fresh=1` })
    })
  },
})
