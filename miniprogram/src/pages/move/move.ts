import type { Fault, Schemas } from '../../lib/api'
import { api } from '../../lib/api'
import { now } from '../../lib/clock'
import { dropDraft, keepDraft, readDraft } from '../../lib/drafts'
import { Once } from '../../lib/once'
import { dataset, page } from '../../lib/page'
import type { State } from '../../lib/page'
import { sayRange, sayTime } from '../../lib/times'
import { channelWords } from '../../lib/words'
import { isOwn, lawyerName } from '../appointments'

type Channel = Schemas['Channel']

/** What is written by hand: it outlives the page until it was sent. */
interface Draft { address: string }

/** Another time for an appointment: the old one stays until the new one is taken. */
page({
  data: {
    id: '', advisorId: '', advisor: '', village: '', old: '',
    channel: '' as Channel | '', start: '', when: '', address: '',
    offers: [] as { start: string; channel: Channel; words: string }[], refused: '', wrong: {} as Record<string, string>,
  },
  once: null as Once | null,

  onLoad({ id = '' }: { id?: string }) {
    this.once = new Once()
    this.setData({ id })
    void this.fill()
  },

  async load(): Promise<State> {
    const [a, draft] = await Promise.all([api.get('/appointments/{id}', { path: { id: this.data.id } }), readDraft<Draft>(this.draftName())])
    if (!isOwn(a) || !a.can.includes('reschedule')) return 'empty'
    this.setData({
      advisorId: a.advisor, village: a.village, channel: a.channel, advisor: await lawyerName(a.advisor),
      old: `${sayRange(a.start, a.end, now())}，${channelWords[a.channel]}`, address: draft?.address ?? ('address' in a ? a.address : ''),
    })
    return 'ready'
  },

  draftName() {
    return `move:${this.data.id}`
  },

  picked(event: WechatMiniprogram.CustomEvent<{ start: string; channel: Channel }>) {
    this.take(event.detail.start, event.detail.channel)
  },

  takeOffer(event: WechatMiniprogram.TouchEvent) {
    const { start, channel } = dataset<{ start: string; channel: Channel }>(event)
    this.take(start, channel)
  },

  take(start: string, channel: Channel) {
    this.setData({ start, channel, offers: [], refused: '', wrong: {}, when: start ? `${sayTime(start, now())}，${channelWords[channel]}` : '' })
  },

  write(event: WechatMiniprogram.CustomEvent<{ value: string }>) {
    this.setData({ address: event.detail.value })
    void keepDraft(this.draftName(), { address: event.detail.value } satisfies Draft)
  },

  async send() {
    const { start, channel, address } = this.data
    const home = channel === 'home'
    const wrong = { ...(start ? {} : { start: '请选一个新的时间' }), ...(home && !address.trim() ? { address: '请写律师上门的地址' } : {}) }
    this.setData({ wrong, refused: '' })
    if (Object.keys(wrong).length) return
    const fault = await this.act(async () => {
      try {
        const body = { start, channel: channel as Channel, ...(home ? { address: address.trim() } : {}) }
        await api.post('/appointments/{id}/reschedule', { path: { id: this.data.id }, body, key: this.once!.keyOf(body) })
        this.once!.done()
        await dropDraft(this.draftName())
        if (getCurrentPages().length > 1) void wx.navigateBack()
        else void wx.redirectTo({ url: `/pages/booking/booking?id=${this.data.id}` })
      } catch (err) {
        if (!(await this.mend(err as Fault))) throw err
      }
    })
    if (fault?.fields.length) this.setData({ wrong: Object.fromEntries(fault.fields.map((f) => [f.name, f.message])) })
  },

  /** Somebody else was quicker: other times are held out on the page itself. */
  async mend(fault: Fault): Promise<boolean> {
    if (fault.reason === 'wrong_status') {
      await this.fill() // it was cancelled meanwhile: the page says that it cannot be moved
      return true
    }
    if (fault.reason !== 'slot_taken') return false
    const offers = (fault.offer.slots ?? []).map((s) => ({ start: s.start, channel: s.channel, words: `${sayTime(s.start, now())}，${channelWords[s.channel]}` }))
    await (this.selectComponent('#times') as unknown as { read(): Promise<void> } | null)?.read()
    this.setData({ offers, start: '', when: '', refused: fault.message }) // after the times, which tell that none is picked
    void wx.pageScrollTo({ scrollTop: 0 })
    return true
  },
})
