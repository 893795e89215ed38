import type { Schemas } from '../../lib/api'
import { api } from '../../lib/api'
import { now } from '../../lib/clock'
import { page } from '../../lib/page'
import type { State } from '../../lib/page'
import { Pager } from '../../lib/pager'
import { dayOf, parseTime, sayDay, sayMinutes, sayTime } from '../../lib/times'
import { dutyWords, kindWords, modeWords, outcomeWords, postWords, recordWords, starWords } from '../../lib/words'
import { me, sayCounters, sayPlace, sayPlaces } from '../report'

type Entry = Schemas['Record']

interface Row { seq: number; title: string; when: string; where: string; more: string[]; voided: boolean }

const MARK = 12 // letters of the last entry's mark: enough to compare by eye
const OF_DAYS: Entry['kind'][] = ['assigned', 'unassigned', 'complaint'] // these tell of a day, not of a time of day

/** The advisor's own record: all that befell, an entry each, newest first. */
page({
  data: { rows: [] as Row[], done: false, length: 0, mark: '' },
  pager: null as Pager<Entry> | null,
  voids: null as Set<string> | null, // sources of entries that a later one has taken the place of

  onLoad() {
    void this.fill()
  },

  async load(): Promise<State> {
    const advisor = me()
    const chain = { length: 0, head: '' }
    const pager = new Pager<Entry>(async (cursor) => {
      const list = await api.get('/records', { query: { advisor, cursor } })
      Object.assign(chain, { length: list.length, head: list.head })
      return list
    })
    this.pager = pager
    this.voids = new Set()
    const rows = await this.say(await pager.first())
    this.setData({ rows, done: pager.done, length: chain.length, mark: chain.head.slice(0, MARK) })
    return rows.length ? 'ready' : 'empty'
  },

  async onReachBottom() {
    if (this.data.state !== 'ready' || this.data.done) return
    await this.act(async () => {
      const rows = await this.say(await this.pager!.more())
      this.setData({ rows: [...this.data.rows, ...rows], done: this.pager!.done })
    })
  },

  /** What takes the place of an entry is newer, and so was read before it. */
  async say(entries: Entry[]): Promise<Row[]> {
    const places = await sayPlaces(entries.flatMap((e) => e.village ?? []))
    for (const e of entries) if (e.voids) this.voids!.add(e.voids)
    return entries.map((e) => ({
      seq: e.seq, title: recordWords[e.kind], when: OF_DAYS.includes(e.kind) ? sayDay(dayOf(parseTime(e.on)), now()) : sayTime(e.on, now()),
      where: e.village ? (e.kind === 'complaint' ? places[e.village]! : sayPlace(e.village, places)) : '', more: told(e).filter(Boolean), voided: this.voids!.has(e.source),
    }))
  },
})

/** The codes and numbers of an entry, in words. */
function told({ kind, codes, numbers, by_kind: by }: Entry): string[] {
  const minutes = numbers.minutes ?? 0
  switch (kind) {
    case 'moved':
    case 'cancelled':
      return [by ? `${by === 'advisor' ? '您' : kindWords[by]}办的` : '', sayAhead(numbers.ahead_minutes ?? 0)]
    case 'missed':
      return [codes.missed_by === 'advisor' ? '您没有到' : '村民没有到']
    case 'rated':
      return [`${numbers.stars ?? 0} 星，${starWords[numbers.stars ?? 0] ?? ''}`]
    case 'service':
    case 'corrected':
    case 'confirmed':
    case 'disputed':
      return [
        codes.role === 'joint' ? '一同服务' : codes.role === 'none' ? '不再算一同服务' : '',
        `${modeWords[codes.how as Schemas['Mode']]} · ${dutyWords[codes.duty as Schemas['Duty']]} · ${sayMinutes(minutes)}`,
        sayCounters(numbers as unknown as Schemas['Counters']).join('，'), numbers.late_days ? `过了 ${numbers.late_days} 天才填写` : '',
        (kind === 'confirmed' || kind === 'disputed') && by ? `由${kindWords[by]}` : '',
      ]
    case 'complaint':
      return [outcomeWords[codes.outcome as Schemas['Outcome']] ?? '', numbers.days ? `${numbers.days} 天办结` : '当天办结']
    case 'leave':
      return [`共 ${sayLong(minutes)}`, 'ahead_minutes' in numbers ? sayAhead(numbers.ahead_minutes!) : '']
    case 'assigned':
      return [postWords[codes.role as Schemas['Role']] ?? '', codes.until ? `到 ${sayDay(codes.until, now())}` : '']
    case 'unassigned':
      return [postWords[codes.role as Schemas['Role']] ?? '']
    default:
      return []
  }
}

function sayAhead(minutes: number): string {
  return minutes > 0 ? `提前 ${sayLong(minutes)}` : '没有提前'
}

/** Days, once there is at least one. */
function sayLong(minutes: number): string {
  return minutes < 24 * 60 ? sayMinutes(minutes) : `${Math.floor(minutes / (24 * 60))} 天`
}
