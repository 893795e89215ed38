import { api, faultOf } from '../../lib/api'
import { now } from '../../lib/clock'
import { dataset, page, tell } from '../../lib/page'
import { dayOf, sayDay, sayMinutes, saySpan, sayWeekday } from '../../lib/times'
import { channelWords } from '../../lib/words'
import { placeNames } from '../diary'
import { touchedBy } from '../edits'
import type { Edit, Schedule, Touched } from '../edits'

type Rule = 'earliest_notice_minutes' | 'horizon_days' | 'buffer_minutes' | 'daily_max'
type Rules = Pick<Schedule, Rule>

interface Row { index: number; time: string; place: string; how: string }
interface Group { name: string; rows: Row[] }
interface Choice { rule: Rule; name: string; values: number[]; words: string[]; at: number; changed: boolean }

const CHOICES: { rule: Rule; name: string; values: number[]; words: (n: number) => string }[] = [
  { rule: 'earliest_notice_minutes', name: '至少提前多久约', values: [0, 60, 120, 240, 720, 1440, 2880], words: (n) => (n === 0 ? '不用提前' : n % 1440 === 0 ? `${n / 1440} 天` : sayMinutes(n)) },
  { rule: 'horizon_days', name: '开放今后多少天', values: [7, 14, 30, 60, 90], words: (n) => `${n} 天` },
  { rule: 'buffer_minutes', name: '两地之间留多少路程', values: [0, 15, 30, 45, 60, 90, 120], words: (n) => (n === 0 ? '不留' : sayMinutes(n)) },
  { rule: 'daily_max', name: '每天最多几个预约', values: [0, 2, 4, 6, 8, 10, 12], words: (n) => (n === 0 ? '不限' : `${n} 个`) },
]

const SAVED = '规则已保存'

page({
  data: { groups: [] as Group[], openings: [] as Row[], choices: [] as Choice[], changed: false, touched: [] as Touched[], note: '' },
  schedule: null as Schedule | null,
  edit: {} as Partial<Rules>, // what was chosen and is not saved yet

  onShow() {
    void this.fill()
  },

  async load(): Promise<void> {
    const schedule = await api.get('/me/schedule')
    const names = await placeNames([...schedule.shifts, ...schedule.openings].map((s) => s.village))
    this.schedule = schedule
    this.setData({ groups: groupsOf(schedule, names), openings: openingsOf(schedule, names) })
    this.sayRules()
  },

  sayRules() {
    const was: Rules = this.schedule!
    this.edit = Object.fromEntries(Object.entries(this.edit).filter(([rule, value]) => was[rule as Rule] !== value))
    this.setData({
      changed: Object.keys(this.edit).length > 0,
      choices: CHOICES.map(({ rule, name, values, words }) => {
        const value = this.edit[rule] ?? was[rule]
        const all = [...new Set([...values, was[rule]])].sort((a, b) => a - b)
        return { rule, name, values: all, words: all.map(words), at: all.indexOf(value), changed: value !== was[rule] }
      }),
    })
  },

  choose(event: WechatMiniprogram.PickerChange) {
    const { index } = dataset<{ index: number }>(event)
    const { rule, values } = this.data.choices[index]!
    this.edit = { ...this.edit, [rule]: values[Number(event.detail.value)]! }
    this.setData({ note: '' })
    this.sayRules()
  },

  undo() {
    this.edit = {}
    this.sayRules()
  },

  /** Saves what was chosen, unless that pushes bookings out: these are shown first. */
  async save() {
    await this.guarded(async () => {
      const touched = await touchedBy(this.body())
      if (touched.length) this.setData({ touched })
      else await this.put()
    })
  },

  async saveTouched() {
    await this.guarded(() => this.put())
  },

  leaveTouched() {
    this.setData({ touched: [] })
  },

  body(): Edit {
    return { rev: this.schedule!.rev, ...this.edit }
  },

  async put() {
    this.schedule = await api.put('/me/schedule', { body: this.body() })
    this.edit = {}
    this.setData({ touched: [], note: SAVED })
    this.sayRules()
  },

  /** What was changed elsewhere meanwhile is read anew; what was chosen here stays. */
  async guarded(doing: () => Promise<void>) {
    await this.act(async () => {
      try {
        await doing()
      } catch (err) {
        if (faultOf(err).reason !== 'stale') throw err
        this.setData({ touched: [] })
        await this.load()
        if (!this.data.changed) this.setData({ note: SAVED }) // by an attempt whose answer was lost
        else tell('排班刚刚在别处改过，已经读到最新的。您选的还在，请再点一次保存。')
      }
    })
  },

  open(event: WechatMiniprogram.TouchEvent) {
    void wx.navigateTo({ url: dataset<{ url: string }>(event).url })
  },
})

function groupsOf({ shifts }: Schedule, names: Record<string, string>): Group[] {
  const rows = shifts.map((s, index) => ({ weekday: s.weekday, from: s.from, row: rowOf(s, index, saySpan(s.from, s.to), names) }))
  return [1, 2, 3, 4, 5, 6, 7]
    .map((weekday) => ({ name: sayWeekday(weekday), rows: rows.filter((r) => r.weekday === weekday).sort(byFrom).map((r) => r.row) }))
    .filter((g) => g.rows.length)
}

function openingsOf({ openings }: Schedule, names: Record<string, string>): Row[] {
  return openings
    .map((o, index) => ({ from: `${o.day} ${o.from}`, day: o.day, row: rowOf(o, index, `${sayDay(o.day, now())} ${saySpan(o.from, o.to)}`, names) }))
    .filter((o) => o.day >= dayOf(now()))
    .sort(byFrom)
    .map((o) => o.row)
}

function byFrom(one: { from: string }, other: { from: string }): number {
  return one.from < other.from ? -1 : 1
}

function rowOf(s: Schedule['shifts'][number] | Schedule['openings'][number], index: number, time: string, names: Record<string, string>): Row {
  return { index, time, place: names[s.village]!, how: `${s.channels.map((c) => channelWords[c]).join('、')}，每次 ${s.slot_minutes} 分钟` }
}
