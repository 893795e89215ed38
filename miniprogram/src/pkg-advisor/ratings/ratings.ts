import type { Schemas } from '../../lib/api'
import { api } from '../../lib/api'
import { now } from '../../lib/clock'
import { dataset, page } from '../../lib/page'
import type { State } from '../../lib/page'
import { Pager } from '../../lib/pager'
import { dayOf, parseTime, sayDay } from '../../lib/times'
import { outcomeWords, sourceWords, starWords } from '../../lib/words'
import { me, sayPlaces } from '../report'

type Kind = 'rated' | 'complaint'
type Record = Schemas['Record']

interface Row { seq: number; stars: number; title: string; about: string }

/** What people said of the advisor, in numbers: the words are not for them. */
page({
  data: { kind: 'rated' as Kind, rows: [] as Row[], done: false, mean: '', count: 0, five: [1, 2, 3, 4, 5] },
  pager: null as Pager<Record> | null,

  onLoad() {
    void this.fill()
  },

  async load(): Promise<State> {
    const { kind } = this.data
    const advisor = me()
    const pager = new Pager<Record>((cursor) => api.get('/records', { query: { advisor, kind: [kind], cursor } }))
    this.pager = pager
    const [records, tallies] = await Promise.all([pager.first(), api.get('/tallies', { query: { advisor } })])
    const rows = await rowsOf(records)
    if (this.pager !== pager) return this.data.state // the other list was chosen meanwhile
    this.setData({ rows, done: pager.done, ...meanOf(tallies.items) })
    return rows.length ? 'ready' : 'empty'
  },

  async onReachBottom() {
    const pager = this.pager
    if (!pager || pager.done || this.data.state !== 'ready') return
    await this.act(async () => {
      const rows = await rowsOf(await pager.more())
      if (this.pager === pager) this.setData({ rows: [...this.data.rows, ...rows], done: pager.done })
    })
  },

  choose(event: WechatMiniprogram.TouchEvent) {
    const { kind } = dataset<{ kind: Kind }>(event)
    if (kind === this.data.kind) return
    this.setData({ kind, rows: [], state: 'loading' })
    void this.fill()
  },
})

/** The mean over the months, each weighed by how many rated in it. */
function meanOf(months: Schemas['Tally'][]): { mean: string; count: number } {
  const count = months.reduce((n, t) => n + t.ratings, 0)
  const stars = months.reduce((n, t) => n + t.ratings * (t.stars_mean ?? 0), 0)
  return { mean: count ? (stars / count).toFixed(1) : '', count }
}

async function rowsOf(records: Record[]): Promise<Row[]> {
  const places = await sayPlaces(records.flatMap((r) => r.village ?? []))
  return records.map((r) => {
    const where = r.village ? places[r.village]! : ''
    const day = sayDay(dayOf(parseTime(r.on)), now())
    if (r.kind === 'rated') {
      const stars = r.numbers.stars ?? 0
      return { seq: r.seq, stars, title: starWords[stars] ?? '', about: [`${day}的服务`, where, sourceWords[r.codes.source as Schemas['Source']] ?? ''].filter(Boolean).join(' · ') }
    }
    const days = r.numbers.days ?? 0
    return {
      seq: r.seq, stars: 0, title: `处理结果：${outcomeWords[r.codes.outcome as Schemas['Outcome']] ?? ''}`,
      about: `${day}收到 · ${where} · ${days ? `${days} 天办结` : '当天办结'}`,
    }
  })
}
