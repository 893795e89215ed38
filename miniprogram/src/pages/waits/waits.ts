import type { Schemas } from '../../lib/api'
import { api } from '../../lib/api'
import { now } from '../../lib/clock'
import { Once } from '../../lib/once'
import type { State } from '../../lib/page'
import { dataset, page, sure, tell } from '../../lib/page'
import { Pager } from '../../lib/pager'
import { advisor, villageName } from '../../lib/places'
import { addDays, dayOf, sayDay } from '../../lib/times'
import { channelHints, channelWords } from '../../lib/words'
import { lawyerName } from '../appointments'

type Channel = Schemas['Channel']

interface Way { code: Channel | ''; words: string; hint: string }
interface Card { id: string; who: string; place: string; way: string; days: string }

const WAYS: Channel[] = ['visit', 'phone', 'video', 'home']
const DAYS = 14 // how far ahead is waited unless somebody says otherwise

/** The waiting lists that somebody stands on; opened with an advisor and a village, also a new one. */
page({
  data: {
    advisorId: '', village: '', asking: false, advisor: '', place: '',
    ways: [] as Way[], channel: '' as Channel | '', today: '', from: '', to: '', fromWords: '', toWords: '',
    added: false, items: [] as Card[], ended: true,
  },
  once: null as Once | null,
  pager: null as Pager<Schemas['Wait']> | null,

  onLoad(query: { advisor?: string; village?: string; channel?: Channel }) {
    this.once = new Once()
    const today = dayOf(now())
    const asking = Boolean(query.advisor && query.village)
    this.setData({ advisorId: query.advisor ?? '', village: query.village ?? '', channel: query.channel ?? '', asking, today })
    this.span(today, addDays(today, DAYS))
    void this.fill()
  },

  async load(): Promise<State> {
    await this.readList()
    if (!this.data.asking) return this.data.items.length ? 'ready' : 'empty'
    const [who, place] = await Promise.all([advisor(this.data.advisorId), villageName(this.data.village)])
    const here = who.service_times.filter((t) => t.village === this.data.village)
    const offered = WAYS.filter((c) => here.some((t) => t.channels.includes(c)))
    this.setData({
      advisor: `${who.name}律师`, place,
      ways: [{ code: '', words: '都可以', hint: '哪种方式都行' }, ...offered.map((c) => ({ code: c, words: channelWords[c], hint: channelHints[c] }))],
      channel: offered.find((c) => c === this.data.channel) ?? '',
    })
    return 'ready'
  },

  async readList() {
    const pager = new Pager((cursor: string) => api.get('/waitlist', { query: { cursor } }))
    const items = await pager.first()
    this.pager = pager
    this.setData({ items: await Promise.all(items.map(cardOf)), ended: pager.done })
  },

  async onReachBottom() {
    if (this.data.ended || !this.pager) return
    await this.act(async () => {
      const pager: Pager<Schemas['Wait']> = this.pager!
      const more = await Promise.all((await pager.more()).map(cardOf))
      this.setData({ items: [...this.data.items, ...more], ended: pager.done })
    })
  },

  takeWay(event: WechatMiniprogram.TouchEvent) {
    this.setData({ channel: dataset<{ code: Channel | '' }>(event).code })
  },

  setFrom(event: WechatMiniprogram.PickerChange) {
    const from = event.detail.value as string
    this.span(from, this.data.to < from ? from : this.data.to)
  },

  setTo(event: WechatMiniprogram.PickerChange) {
    this.span(this.data.from, event.detail.value as string)
  },

  span(from: string, to: string) {
    this.setData({ from, to, fromWords: sayDay(from, now()), toWords: sayDay(to, now()) })
  },

  async join() {
    await this.act(async () => {
      const { advisorId, village, channel, from, to } = this.data
      const waited = await api.get('/waitlist', { query: { limit: 100 } })
      if (waited.items.some((w) => w.advisor === advisorId && w.village === village && (w.channel ?? '') === channel && w.from <= from && w.to >= to)) {
        return tell('这段时间您已经在等了，不用再登记。')
      }
      const body: Schemas['WaitRequest'] = { advisor: advisorId, village, from, to, ...(channel ? { channel } : {}) }
      await api.post('/waitlist', { body, key: this.once!.keyOf(body) })
      this.once!.done()
      this.setData({ asking: false, added: true })
      await this.readList()
      void wx.pageScrollTo({ scrollTop: 0 })
    })
  },

  async leave(event: WechatMiniprogram.TouchEvent) {
    const { id } = dataset<{ id: string }>(event)
    if (!(await sure('不再等了吗？有时间空出来，就不告诉您了。', '不等了'))) return
    await this.act(async () => {
      await api.delete('/waitlist/{id}', { path: { id } })
      const items = this.data.items.filter((w) => w.id !== id)
      this.setData({ items, added: false, state: items.length || this.data.asking ? 'ready' : 'empty' })
    })
  },
})

async function cardOf(w: Schemas['Wait']): Promise<Card> {
  const [who, place] = await Promise.all([lawyerName(w.advisor), villageName(w.village)])
  const days = w.from === w.to ? sayDay(w.from, now()) : `${sayDay(w.from, now())} 到 ${sayDay(w.to, now())}`
  return { id: w.id, who, place, way: w.channel ? channelWords[w.channel] : '哪种方式都可以', days }
}
