import type { Schemas } from '../../lib/api'
import { api } from '../../lib/api'
import { now } from '../../lib/clock'
import { dataset, page } from '../../lib/page'
import type { State } from '../../lib/page'
import { Pager } from '../../lib/pager'
import { villageName } from '../../lib/places'
import { addDays, clockOf, dayOf, parseTime, sayDay, saySpan } from '../../lib/times'
import { channelWords } from '../../lib/words'
import { myVillage } from '../mine'

type Seen = Schemas['AppointmentSeen']

interface Line { id: string; when: string; way: string; own: boolean }
interface Day { day: string; words: string; lines: Line[] }

const WEEK = 7
const AHEAD = 31 // days, the first one today

/** When an advisor is in the village, and how: what it is about is not for the village. */
page({
  data: { village: '', name: '', days: [] as Day[], done: false, choosing: false, advisors: [] as { id: string; name: string }[] },
  pager: null as Pager<Seen> | null,

  onShow() {
    void this.fill()
  },

  async load(): Promise<State> {
    const village = myVillage()
    const pager = new Pager<Seen>((cursor) => weekFrom(Number(cursor)))
    this.pager = pager
    const [name, { items }] = await Promise.all([villageName(village), api.get('/villages/{code}/advisors', { path: { code: village } })])
    const first = await pager.first() // by now the phone knows what day it is
    this.setData({ village, name, days: daysOf(first), done: pager.done, advisors: items.map((a) => ({ id: a.id, name: a.name })) })
    return 'ready'
  },

  async more() {
    await this.act(async () => {
      const next = daysOf(await this.pager!.more())
      this.setData({ days: [...this.data.days, ...next], done: this.pager!.done })
    })
  },

  onReachBottom() {
    if (this.data.state === 'ready' && !this.data.done) void this.more()
  },

  open(event: WechatMiniprogram.TouchEvent) {
    void wx.navigateTo({ url: `/pages/booking/booking?id=${dataset<{ id: string }>(event).id}` })
  },

  /** With one advisor there is nothing to choose. */
  begin() {
    const [first, ...others] = this.data.advisors
    if (first && !others.length) this.bookWith(first.id)
    else this.setData({ choosing: !this.data.choosing })
  },

  choose(event: WechatMiniprogram.TouchEvent) {
    this.bookWith(dataset<{ id: string }>(event).id)
  },

  bookWith(advisor: string) {
    void wx.navigateTo({ url: `/pages/book/book?advisor=${advisor}&village=${this.data.village}&for=1` })
  },
})

/** The bookings of a week, the earliest first; `after` counts the days from today. A week without any is passed over. */
async function weekFrom(after: number): Promise<{ items: Seen[]; next: string }> {
  const today = dayOf(now())
  for (let first = after; first < AHEAD; first += WEEK) {
    const last = Math.min(first + WEEK, AHEAD) - 1
    const { items } = await api.get('/appointments', { query: { from: addDays(today, first), to: addDays(today, last), limit: 100 } })
    const kept = items.filter((a) => a.status !== 'cancelled').reverse()
    if (kept.length) return { items: kept, next: last + 1 < AHEAD ? String(last + 1) : '' }
  }
  return { items: [], next: '' }
}

function daysOf(list: Seen[]): Day[] {
  const days: Day[] = []
  for (const a of list) {
    const [start, end] = [parseTime(a.start), parseTime(a.end)]
    const line = { id: a.id, when: saySpan(clockOf(start), clockOf(end)), way: channelWords[a.channel], own: 'advisor' in a }
    const day = dayOf(start)
    const last = days[days.length - 1]
    if (last?.day === day) last.lines.push(line)
    else days.push({ day, words: sayDay(day, now()), lines: [line] })
  }
  return days
}
