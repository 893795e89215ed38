import type { Schemas } from '../../lib/api'
import { api } from '../../lib/api'
import { dropDraft, keepDraft, readDraft } from '../../lib/drafts'
import { page, sure } from '../../lib/page'
import { lookAt, villageName } from '../../lib/places'
import { amendPerson } from '../../lib/session'
import { kindWords } from '../../lib/words'

/** What is written by hand: it outlives the page until it was sent. */
interface Draft { name: string; phone: string }

const DRAFT = 'profile'

/** Somebody's own data. Those of the rosters find name and village kept by the office. */
page({
  data: { kind: '', kept: false, name: '', phone: '', verified: false, village: '', wrong: {} as Record<string, string>, saved: false, changed: false },
  known: null as Schemas['Me'] | null,

  onLoad() {
    void this.fill()
  },

  onShow() {
    if (this.data.state === 'ready') void this.fill()
  },

  async load(): Promise<void> {
    const [me, draft] = await Promise.all([api.get('/me'), readDraft<Draft>(DRAFT)])
    await this.show(me)
    if (draft) this.write(draft)
  },

  async show(me: Schemas['Me']) {
    this.known = me
    this.setData({
      kind: kindWords[me.kind], kept: me.kind !== 'resident', name: me.name, phone: me.phone, verified: me.phone_verified,
      village: me.village ? await villageName(me.village) : '', changed: false,
    })
  },

  typeName(event: WechatMiniprogram.Input) {
    this.write({ name: event.detail.value, phone: this.data.phone })
  },

  typePhone(event: WechatMiniprogram.Input) {
    this.write({ name: this.data.name, phone: event.detail.value })
  },

  write(draft: Draft) {
    this.setData({ ...draft, wrong: {}, saved: false, changed: draft.name !== this.known!.name || draft.phone !== this.known!.phone })
    void keepDraft(DRAFT, draft)
  },

  async save() {
    const name = this.data.name.trim()
    const { phone } = this.data
    const wrong = { ...(name.length < 2 ? { name: '请写您的姓名，至少两个字' } : {}), ...(/^1[3-9]\d{9}$/.test(phone) ? {} : { phone: '请写您的 11 位手机号' }) }
    this.setData({ wrong })
    if (Object.keys(wrong).length) return
    if (!this.data.changed) return this.setData({ saved: true })
    const fault = await this.act(async () => {
      const body = { ...(name !== this.known!.name ? { name } : {}), ...(phone !== this.known!.phone ? { phone } : {}) }
      await this.amend(body)
      await dropDraft(DRAFT)
      this.setData({ saved: true })
    })
    if (fault?.fields.length) this.setData({ wrong: Object.fromEntries(fault.fields.map((f) => [f.name, f.message])) })
  },

  toVillages() {
    void wx.navigateTo({ url: '/pages/villages/villages' })
  },

  async leaveVillage() {
    if (!(await sure(`不再把${this.data.village}当作您的村吗？约好的不受影响。`, '退出'))) return
    await this.act(async () => {
      await this.amend({ village: null })
      lookAt('')
    })
  },

  async amend(body: Schemas['Amendment']) {
    const me = await api.put('/me', { body })
    amendPerson(me)
    await this.show(me)
  },
})
