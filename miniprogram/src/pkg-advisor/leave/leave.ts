import type { Schemas } from '../../lib/api'
import { api } from '../../lib/api'
import { now } from '../../lib/clock'
import { dropDraft, keepDraft, readDraft } from '../../lib/drafts'
import { Once } from '../../lib/once'
import { dataset, page, sure } from '../../lib/page'
import { addDays, beijing, dayOf, parseTime, sayDay } from '../../lib/times'
import { closures, sayLeave, wholeDays } from '../diary'
import type { Closure } from '../diary'
import { sayTouched } from '../edits'
import type { Touched } from '../edits'

/** What has been chosen and written of the next leave. */
interface Draft {
  whole: boolean // in days, or some hours of one
  from: string
  to: string
  begin: string
  end: string
  reason: string
}

interface Row { id: string; when: string; reason: string }

const REASONS = ['开庭', '出差', '生病', '培训']
const FARTHEST = 365 // days ahead

page({
  data: {
    coming: [] as Row[], past: [] as Row[], old: false, first: '', last: '', reasons: REASONS,
    whole: true, from: '', to: '', begin: '09:00', end: '12:00', reason: '',
    fromWords: '', toWords: '', words: '', wrong: {} as Record<string, string>, touched: [] as Touched[], note: '',
  },
  once: null as Once | null,

  onLoad() {
    this.once = new Once()
    const today = dayOf(now())
    const tomorrow = addDays(today, 1)
    this.setData({ first: today, last: addDays(today, FARTHEST), from: tomorrow, to: tomorrow })
    void this.begin()
  },

  async begin() {
    const draft = await readDraft<Draft>('leave')
    if (draft && draft.from >= this.data.first) this.setData({ ...draft })
    this.say()
    await this.fill()
  },

  async load(): Promise<void> {
    const all = (await closures()).sort((a, b) => parseTime(begins(a)).getTime() - parseTime(begins(b)).getTime())
    const over = (c: Closure): boolean => (wholeDays(c.to) ? c.to < dayOf(now()) : parseTime(c.to) <= now())
    const row = (c: Closure): Row => ({ id: c.id, when: sayLeave(c), reason: c.reason })
    this.setData({ coming: all.filter((c) => !over(c)).map(row), past: all.filter(over).reverse().map(row) })
  },

  say() {
    const { from, to } = this.data
    this.setData({ fromWords: sayDay(from, now()), toWords: sayDay(to, now()), words: sayLeave(this.bounds()) })
  },

  bounds(): { from: string; to: string } {
    const { whole, from, to, begin, end } = this.data
    return whole ? { from, to } : { from: beijing(from, begin), to: beijing(from, end) }
  },

  keep(change: Partial<Draft>) {
    this.setData({ ...change, wrong: {}, note: '' })
    const { whole, from, to, begin, end, reason } = this.data
    void keepDraft('leave', { whole, from, to, begin, end, reason } satisfies Draft)
    this.say()
  },

  takeKind(event: WechatMiniprogram.TouchEvent) {
    this.keep({ whole: dataset<{ whole: boolean }>(event).whole })
  },

  pick(event: WechatMiniprogram.PickerChange) {
    const { name } = dataset<{ name: 'from' | 'to' | 'begin' | 'end' }>(event)
    const value = String(event.detail.value)
    const { from, to } = this.data
    if (name === 'from' && value > to) this.keep({ from: value, to: value })
    else if (name === 'to' && value < from) this.keep({ from: value, to: value })
    else this.keep({ [name]: value })
  },

  takeReason(event: WechatMiniprogram.TouchEvent) {
    this.keep({ reason: dataset<{ reason: string }>(event).reason })
  },

  write(event: WechatMiniprogram.Input) {
    this.keep({ reason: event.detail.value })
  },

  /** Takes the leave at once, unless bookings fall into it: these are shown first. */
  async save() {
    const wrong = this.missing()
    this.setData({ wrong, note: '' })
    if (Object.keys(wrong).length) return
    await this.guarded(async () => {
      const { orphaned } = await api.post('/me/closures', { query: { dry_run: true }, body: this.request() })
      const touched = await sayTouched(orphaned)
      if (touched.length) this.setData({ touched })
      else await this.post()
    })
  },

  async saveTouched() {
    await this.guarded(() => this.post())
  },

  leaveTouched() {
    this.setData({ touched: [] })
  },

  request(): Schemas['CloseRequest'] {
    return { ...this.bounds(), reason: this.data.reason.trim() }
  },

  async post() {
    const body = this.request()
    const made = await api.post('/me/closures', { body, key: this.once!.keyOf(body) })
    this.once!.done()
    await dropDraft('leave')
    const tomorrow = addDays(dayOf(now()), 1)
    this.setData({ touched: [], note: `已请假：${sayLeave(made)}，${made.reason}`, whole: true, from: tomorrow, to: tomorrow, reason: '' })
    this.say()
    await this.load()
  },

  async guarded(doing: () => Promise<void>) {
    const fault = await this.act(doing)
    if (fault) this.setData({ touched: [], wrong: Object.fromEntries(fault.fields.map((f) => [f.name, f.message])) })
  },

  missing(): Record<string, string> {
    const { whole, from, begin, end, reason } = this.data
    const wrong: Record<string, string> = {}
    if (!whole && end <= begin) wrong.to = '结束要比开始晚'
    else if (!whole && parseTime(beijing(from, end)) <= now()) wrong.to = '这段时间已经过去了'
    if (!reason.trim()) wrong.reason = '请选一个原因，或自己写'
    return wrong
  },

  async remove(event: WechatMiniprogram.TouchEvent) {
    const { id, when } = dataset<{ id: string; when: string }>(event)
    if (!(await sure(`销掉这次请假吗？${when} 会按班次重新开放预约。`, '销假'))) return
    await this.act(async () => {
      await api.delete('/me/closures/{id}', { path: { id } })
      this.setData({ note: '已销假' })
      await this.load()
    })
  },

  showOld() {
    this.setData({ old: true })
  },
})

function begins({ from }: Closure): string {
  return wholeDays(from) ? beijing(from, '00:00') : from
}
