import type { Schemas } from '../../lib/api'
import { api } from '../../lib/api'
import { now } from '../../lib/clock'
import { dataset, page } from '../../lib/page'
import type { State } from '../../lib/page'
import { addMonths, monthOf, sayMinutes, sayMonth } from '../../lib/times'
import { served } from '../diary'
import { me, sayCounters, stationOf } from '../report'

interface Figures { site: string; visits: number; services: number; counts: string[]; rest: string[] }
interface Card extends Figures { code: string; name: string }

const AT_ONCE = 4 // requests on their way at the same time

/** A month's figures of an advisor, as the office counts them: all together, and of each place. */
page({
  data: { month: '', title: '', last: true, all: null as Figures | null, cards: [] as Card[], quiet: '' },

  onLoad() {
    this.turn(monthOf(now()))
  },

  turnBy(event: WechatMiniprogram.TouchEvent) {
    this.turn(addMonths(this.data.month, dataset<{ by: number }>(event).by))
  },

  turn(month: string) {
    this.setData({ month, title: sayMonth(month, now()), last: month === monthOf(now()), state: 'loading', cards: [] })
    void this.fill()
  },

  async load(): Promise<State> {
    const { month } = this.data
    const [all, mine] = await Promise.all([tallyOf(month), served()])
    const towns = [...new Map(mine.map((p) => [p.code.slice(0, 9), { code: p.code.slice(0, 9), name: stationOf(p.town) }])).values()]
    const places = all.services + all.disputed ? [...mine, ...towns] : []
    const tallies = await fewAtOnce(places, (p) => tallyOf(month, p.code))
    if (month !== this.data.month) return this.data.state // another month was turned to meanwhile
    const cards = places.map(({ code, name }, i) => ({ code, name, tally: tallies[i]! }))
    const idle = mine.filter((p) => !cards.some((c) => c.code === p.code && c.tally.services + c.tally.disputed > 0))
    this.setData({
      all: figuresOf(all),
      cards: cards.filter((c) => c.tally.services + c.tally.disputed > 0).map((c) => ({ code: c.code, name: c.name, ...figuresOf(c.tally) })),
      quiet: idle.map((p) => p.name).join('、'),
    })
    return 'ready'
  },
})

async function tallyOf(month: string, village?: string): Promise<Schemas['Tally']> {
  const { items } = await api.get('/tallies', { query: { advisor: me(), village, from: month, to: month } })
  return items[0]!
}

function figuresOf(t: Schemas['Tally']): Figures {
  const rest = [
    t.unconfirmed ? `待确认 ${t.unconfirmed} 次` : '', t.disputed ? `有异议 ${t.disputed} 次，没有计入` : '',
    t.bookings ? `预约 ${t.bookings} 个，完成 ${t.completed} 个` : '', t.advisor_missed ? `您缺席 ${t.advisor_missed} 次` : '',
  ]
  return { site: t.on_site_minutes ? sayMinutes(t.on_site_minutes) : '0', visits: t.visits, services: t.services, counts: sayCounters(t.counters), rest: rest.filter(Boolean) }
}

/** Does something for all of them, a few at a time, in order. */
async function fewAtOnce<T, R>(all: T[], doing: (one: T) => Promise<R>): Promise<R[]> {
  const done: R[] = []
  for (let i = 0; i < all.length; i += AT_ONCE) done.push(...(await Promise.all(all.slice(i, i + AT_ONCE).map(doing))))
  return done
}
