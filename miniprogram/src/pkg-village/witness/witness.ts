import type { Schemas } from '../../lib/api'
import { api } from '../../lib/api'
import { now } from '../../lib/clock'
import { discard, outboxChanged, sendWaiting, signIn, waiting } from '../../lib/outbox'
import { dataset, page, sure } from '../../lib/page'
import type { State } from '../../lib/page'
import { advisorName, villageName } from '../../lib/places'
import { beijing, clockOf, dayOf, sayClock, sayTime } from '../../lib/times'
import { myVillage } from '../mine'

interface Kept { key: string; words: string; problem: string }

const KEPT = 'witness' // the village's advisors, for a place without network

/** A cadre vouches that an advisor is in the village, or was earlier today. */
page({
  data: {
    village: '', name: '', advisors: [] as { id: string; name: string }[], advisor: '',
    earlier: '', earlierWords: '', latest: '', wrong: '', done: '', kept: [] as Kept[],
  },
  unlistenOutbox: null as (() => void) | null,

  onLoad() {
    this.unlistenOutbox = outboxChanged.listen(() => void this.readKept())
    void this.readKept()
    void this.fill()
  },

  onUnload() {
    this.unlistenOutbox!()
  },

  async load(): Promise<State> {
    const village = myVillage()
    const { name, advisors } = await this.people(village)
    this.setData({ village, name, advisors, advisor: advisors.length === 1 ? advisors[0]!.id : this.data.advisor, latest: clockOf(now()) })
    return advisors.length ? 'ready' : 'empty'
  },

  /** Without network, those whom this phone last knew. */
  async people(village: string): Promise<{ name: string; advisors: { id: string; name: string }[] }> {
    try {
      const [name, { items }] = await Promise.all([villageName(village), api.get('/villages/{code}/advisors', { path: { code: village } })])
      const known = { village, name, advisors: items.map((a) => ({ id: a.id, name: a.name })) }
      wx.setStorageSync(KEPT, known)
      return known
    } catch (err) {
      const known = wx.getStorageSync(KEPT) as { village: string; name: string; advisors: { id: string; name: string }[] } | ''
      if (known && known.village === village) return known
      throw err
    }
  },

  async readKept() {
    const kept = await Promise.all(waiting().filter((w) => w.body.way === 'cadre').map(async (w) => ({
      key: w.key, problem: w.problem ?? '', words: `${await this.nameOf(w.body.advisor!)}律师，${sayTime(w.body.at, now())}`,
    })))
    this.setData({ kept })
  },

  async nameOf(id: string): Promise<string> {
    return this.data.advisors.find((a) => a.id === id)?.name ?? advisorName(id)
  },

  takeAdvisor(event: WechatMiniprogram.TouchEvent) {
    this.setData({ advisor: dataset<{ id: string }>(event).id, wrong: '', done: '' })
  },

  takeNow() {
    this.setData({ earlier: '', done: '' })
  },

  takeEarlier(event: WechatMiniprogram.CustomEvent<{ value: string }>) {
    const earlier = event.detail.value
    this.setData({ earlier, earlierWords: sayClock(new Date(beijing(dayOf(now()), earlier))), wrong: '', done: '' })
  },

  async send() {
    const { advisor, earlier, village, name } = this.data
    const at = beijing(dayOf(now()), earlier || clockOf(now()))
    const wrong = !advisor ? '请先选是哪一位律师' : new Date(at) > now() ? '这个时间还没有到' : ''
    this.setData({ wrong, done: '' })
    if (wrong) return
    await this.act(async () => {
      const body: Schemas['SignInRequest'] = { village, way: 'cadre', at, advisor }
      const arrived = await signIn(body, name)
      if (arrived) this.setData({ done: `已证明：${await this.nameOf(advisor)}律师${sayTime(arrived.claimed, now())}到了${name}。`, earlier: '' })
    })
  },

  async sendKept() {
    await this.act(() => sendWaiting())
  },

  async drop(event: WechatMiniprogram.TouchEvent) {
    if (await sure('不要这条证明了？', '不要了')) discard(dataset<{ key: string }>(event).key)
  },
})
