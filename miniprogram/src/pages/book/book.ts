import type { Fault, Schemas } from '../../lib/api'
import { api } from '../../lib/api'
import { now } from '../../lib/clock'
import { dropDraft, keepDraft, readDraft } from '../../lib/drafts'
import { Once } from '../../lib/once'
import { dataset, page } from '../../lib/page'
import { advisor, villageName } from '../../lib/places'
import { amendPerson } from '../../lib/session'
import { sayTime } from '../../lib/times'
import { channelWords } from '../../lib/words'

type Channel = Schemas['Channel']

/** What is written by hand: it outlives the page until it was sent. */
interface Draft {
  topic: string
  details: string
  address: string
  otherParty: string
  concerns: boolean
  forOther: boolean
  otherName: string
  otherPhone: string
  name: string
  phone: string
}

const TOPICS = ['土地、宅基地', '婚姻家庭', '赡养、继承', '邻里纠纷', '欠钱、借贷', '打工、工伤', '合同', '交通事故']
const BLANK: Draft = { topic: '', details: '', address: '', otherParty: '', concerns: false, forOther: false, otherName: '', otherPhone: '', name: '', phone: '' }

page({
  data: {
    advisorId: '', village: '', advisor: '', place: '', topics: TOPICS,
    channel: '' as Channel | '', start: '', when: '',
    ...BLANK, more: false,
    needsName: false, needsPhone: false,
    wrong: {} as Record<string, string>,
    offers: [] as { start: string; channel: Channel; words: string }[],
    others: [] as { id: string; name: string }[], refused: '',
    none: false,
  },
  once: null as Once | null,

  onLoad(query: { advisor?: string; village?: string; channel?: Channel; start?: string; for?: string }) {
    this.once = new Once()
    const start = decodeURIComponent(query.start ?? '')
    this.setData({ advisorId: query.advisor ?? '', village: query.village ?? '', channel: query.channel ?? '', start, forOther: query.for === '1' })
    this.say(start, this.data.channel)
    void this.fill()
  },

  async load(): Promise<void> {
    const [who, place, me, draft] = await Promise.all([
      advisor(this.data.advisorId), villageName(this.data.village), api.get('/me'), readDraft<Draft>(this.draftName()),
    ])
    this.setData({
      advisor: who.name, place, ...draft, forOther: this.data.forOther || Boolean(draft?.forOther), needsName: !me.name, needsPhone: !me.phone, more: Boolean(draft?.details || draft?.otherParty),
    })
  },

  draftName() {
    return `book:${this.data.village}`
  },

  /** A word was written, or a choice made: it is kept at once. */
  keep(change: Partial<Draft>) {
    this.setData(change)
    const { topic, details, address, otherParty, concerns, forOther, otherName, otherPhone, name, phone } = this.data
    void keepDraft(this.draftName(), { topic, details, address, otherParty, concerns, forOther, otherName, otherPhone, name, phone } satisfies Draft)
  },

  picked(event: WechatMiniprogram.CustomEvent<{ start: string; channel: Channel }>) {
    const { start, channel } = event.detail
    this.setData({ start, channel, offers: [] })
    this.say(start, channel)
  },

  say(start: string, channel: Channel | '') {
    this.setData({ when: start && channel ? `${sayTime(start, now())}，${channelWords[channel]}` : '' })
  },

  noneLeft() {
    this.setData({ none: true })
  },

  takeOffer(event: WechatMiniprogram.TouchEvent) {
    const { start, channel } = dataset<{ start: string; channel: Channel }>(event)
    this.setData({ start, channel, offers: [] })
    this.say(start, channel)
  },

  takeTopic(event: WechatMiniprogram.TouchEvent) {
    const { topic } = dataset<{ topic: string }>(event)
    this.keep({ topic: this.data.topic === topic ? '' : topic })
  },

  write(event: WechatMiniprogram.CustomEvent<{ value: string }>) {
    const { name } = dataset<{ name: keyof Draft }>(event)
    this.keep({ [name]: event.detail.value })
  },

  toggleConcerns() {
    this.keep({ concerns: !this.data.concerns })
  },

  toggleForOther() {
    this.keep({ forOther: !this.data.forOther })
  },

  showMore() {
    this.setData({ more: true })
  },

  toWaits() {
    void wx.navigateTo({ url: `/pages/waits/waits?advisor=${this.data.advisorId}&village=${this.data.village}&channel=${this.data.channel}` })
  },

  openAdvisor(event: WechatMiniprogram.TouchEvent) {
    void wx.navigateTo({ url: `/pages/advisor/advisor?id=${dataset<{ id: string }>(event).id}` })
  },

  async send() {
    const missing = this.missing()
    this.setData({ wrong: missing, refused: '', others: [] })
    if (Object.keys(missing).length) {
      return this.showWrong(Object.keys(missing)[0]!)
    }
    const fault = await this.act(async () => {
      try {
        if (this.data.needsName || this.data.needsPhone) await this.introduce()
        const body = this.request()
        const made = await api.post('/appointments', { body, key: this.once!.keyOf(body) })
        this.once!.done()
        await dropDraft(this.draftName())
        void wx.redirectTo({ url: `/pages/booking/booking?id=${made.id}&fresh=1` })
      } catch (err) {
        if (!(await this.mend(err as Fault))) throw err
      }
    })
    if (!fault?.fields.length) return
    this.setData({ wrong: Object.fromEntries(fault.fields.map((f) => [f.name, f.message])) })
    this.showWrong(fault.fields[0]!.name)
  },

  /** Brings what is still to be written into sight: it may lie far above or below. */
  showWrong(name: string) {
    void wx.pageScrollTo({ selector: `#at-${name.replace('.', '-')}`, offsetTop: -80, fail: () => undefined })
  },

  /** What is still to be chosen or written, each with what to do. */
  missing(): Record<string, string> {
    const d = this.data
    const all: [string, boolean, string][] = [
      ['start', !d.start, '请选一个时间'],
      ['topic', !d.topic.trim(), '请写一句是什么事，或点上面的一项'],
      ['address', d.channel === 'home' && !d.address.trim(), '请写律师上门的地址'],
      ['for.name', d.forOther && !d.otherName.trim(), '请写他（她）的姓名'],
      ['for.phone', d.forOther && !/^1[3-9]\d{9}$/.test(d.otherPhone), '请写他（她）的 11 位手机号'],
      ['name', d.needsName && !d.name.trim(), '请写您的姓名'],
      ['phone', d.needsPhone && !/^1[3-9]\d{9}$/.test(d.phone), '请写您的 11 位手机号'],
    ]
    return Object.fromEntries(all.filter(([, wrong]) => wrong).map(([name, , words]) => [name, words]))
  },

  async introduce() {
    const body = { ...(this.data.needsName ? { name: this.data.name.trim() } : {}), ...(this.data.needsPhone ? { phone: this.data.phone } : {}) }
    amendPerson(await api.put('/me', { body }))
    this.setData({ needsName: false, needsPhone: false })
  },

  request(): Schemas['BookRequest'] {
    const d = this.data
    return {
      advisor: d.advisorId, village: d.village, start: d.start, channel: d.channel as Channel, topic: d.topic.trim(),
      ...(d.details.trim() ? { details: d.details.trim() } : {}),
      ...(d.channel === 'home' ? { address: d.address.trim() } : {}),
      ...(d.forOther ? { for: { name: d.otherName.trim(), phone: d.otherPhone } } : {}),
      ...(d.otherParty.trim() ? { other_party: d.otherParty.trim() } : {}),
      concerns_village: d.concerns,
    }
  },

  /** A refusal that holds something else out is answered on the page itself. */
  async mend(fault: Fault): Promise<boolean> {
    if (fault.reason === 'slot_taken') {
      const offers = (fault.offer.slots ?? []).map((s) => ({ start: s.start, channel: s.channel, words: `${sayTime(s.start, now())}，${channelWords[s.channel]}` }))
      await (this.selectComponent('#times') as unknown as { read(): Promise<void> } | null)?.read()
      this.setData({ offers, start: '', when: '', refused: fault.message })
    } else if (fault.reason === 'conflict_of_interest') {
      const others = await Promise.all((fault.offer.advisors ?? []).map((id) => advisor(id).then(({ name }) => ({ id, name }), () => null)))
      this.setData({ refused: fault.message, others: others.filter((o) => o !== null) })
    } else {
      return false
    }
    void wx.pageScrollTo({ scrollTop: 0 })
    return true
  },
})
