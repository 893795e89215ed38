import type { Schemas } from '../../lib/api'
import { api, faultOf } from '../../lib/api'
import { now } from '../../lib/clock'
import { dataset, page, sure, tell } from '../../lib/page'
import { addDays, dayOf, sayDay, saySpan, sayWeekday } from '../../lib/times'
import { channelHints, channelWords } from '../../lib/words'
import { placeNames, served } from '../diary'
import type { Place } from '../diary'
import { touchedBy } from '../edits'
import type { Edit, Schedule, Touched } from '../edits'

type Channel = Schemas['Channel']
type Shift = Schemas['Shift']
type Opening = Schemas['Opening']

const WAYS: Channel[] = ['visit', 'home', 'phone', 'video']
const LENGTHS = [15, 20, 30, 45, 60]
const FARTHEST = 365 // days ahead on which one may open once more

/** One shift of every week, or one opening of a single day: changed, added or taken away. */
page({
  data: {
    opening: false, index: -1, // -1 is a new one
    places: [] as Place[], village: '',
    ways: [] as { code: Channel; words: string; hint: string; on: boolean }[],
    weekdays: [1, 2, 3, 4, 5, 6, 7].map((n) => ({ n, words: sayWeekday(n) })), weekday: 1,
    day: '', dayWords: '', first: '', last: '',
    from: '09:00', to: '11:30', lengths: LENGTHS, slot: 30, words: '',
    wrong: {} as Record<string, string>, touched: [] as Touched[],
  },
  schedule: null as Schedule | null,
  original: '', // key of the one that is changed, as it was read
  removing: false,

  onLoad(query: { index?: string; opening?: string }) {
    const today = dayOf(now())
    const opening = query.opening === '1'
    this.setData({ opening, index: Number(query.index ?? -1), day: addDays(today, 1), first: today, last: addDays(today, FARTHEST) })
    const kind = opening ? '加开' : '班次'
    void wx.setNavigationBarTitle({ title: query.index ? `改${kind}` : opening ? '加开一次' : '加一个班次' })
    void this.fill()
  },

  async load(): Promise<void> {
    const [schedule, places] = await Promise.all([api.get('/me/schedule'), served()])
    this.schedule = schedule
    const entry = this.list()[this.data.index]
    if (entry && !places.some((p) => p.code === entry.village)) { // served no longer, and still in the schedule
      places.push({ code: entry.village, name: (await placeNames([entry.village]))[entry.village]!, town: '', weekdays: [] })
    }
    this.original = entry ? keyOf(entry) : ''
    if (entry) {
      this.setData({
        village: entry.village, from: entry.from, to: entry.to, slot: entry.slot_minutes, lengths: withOwn(entry.slot_minutes),
        ...('day' in entry ? { day: entry.day } : { weekday: entry.weekday }),
      })
    }
    const on = entry?.channels ?? ['visit']
    this.setData({
      index: entry ? this.data.index : -1, places, village: this.data.village || (places[0]?.code ?? ''),
      ways: WAYS.map((code) => ({ code, words: channelWords[code], hint: channelHints[code], on: on.includes(code) })),
    })
    this.say()
  },

  list(): (Shift | Opening)[] {
    return this.data.opening ? this.schedule!.openings : this.schedule!.shifts
  },

  /** What it comes to, in a sentence. */
  say() {
    const { opening, day, weekday, from, to, slot } = this.data
    const times = Math.max(0, Math.floor((minutesOf(to) - minutesOf(from)) / slot))
    const when = opening ? sayDay(day, now()) : `每${sayWeekday(weekday)}`
    this.setData({ dayWords: sayDay(day, now()), words: times ? `${when} ${saySpan(from, to)}，可以约 ${times} 次` : '' })
  },

  change(values: object) {
    this.setData({ ...values, wrong: {} })
    this.say()
  },

  take(event: WechatMiniprogram.TouchEvent) {
    const { name, value } = dataset<{ name: 'village' | 'weekday' | 'slot'; value: string | number }>(event)
    this.change({ [name]: value })
  },

  pick(event: WechatMiniprogram.PickerChange) {
    const { name } = dataset<{ name: 'day' | 'from' | 'to' }>(event)
    this.change({ [name]: event.detail.value })
  },

  toggle(event: WechatMiniprogram.TouchEvent) {
    const { code } = dataset<{ code: Channel }>(event)
    this.change({ ways: this.data.ways.map((w) => (w.code === code ? { ...w, on: !w.on } : w)) })
  },

  async save() {
    const wrong = this.missing()
    this.setData({ wrong })
    if (Object.keys(wrong).length) return
    this.removing = false
    await this.preview()
  },

  async remove() {
    if (!(await sure(this.data.opening ? '去掉这次加开吗？' : '去掉这个班次吗？以后每周这个时间就不能约了。', '去掉'))) return
    this.removing = true
    await this.preview()
  },

  /** Saves at once, unless that pushes bookings out: these are shown first. */
  async preview() {
    await this.guarded(async () => {
      const touched = await touchedBy(this.edit())
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

  async put() {
    await api.put('/me/schedule', { body: this.edit() })
    void wx.navigateBack()
  },

  missing(): Record<string, string> {
    const { village, ways, from, to, slot } = this.data
    const wrong: Record<string, string> = {}
    if (!village) wrong.village = '请选一个村'
    if (!ways.some((w) => w.on)) wrong.channels = '请至少选一种方式'
    if (minutesOf(to) <= minutesOf(from)) wrong.to = '结束要比开始晚'
    else if (minutesOf(to) - minutesOf(from) < slot) wrong.slot_minutes = '这段时间放不下一次'
    return wrong
  },

  entry(): Shift | Opening {
    const { opening, village, weekday, day, from, to, slot, ways } = this.data
    const common = { village, from, to, slot_minutes: slot, channels: ways.filter((w) => w.on).map((w) => w.code) }
    return opening ? { ...common, day } : { ...common, weekday }
  },

  /** The schedule with this one in it, or without it. Single openings that are over go along. */
  edit(): Edit {
    const { opening, index } = this.data
    const [list, entry] = [this.list(), this.entry()]
    const next = this.removing ? list.filter((_, i) => i !== index) : index < 0 ? [...list, entry] : list.map((old, i) => (i === index ? entry : old))
    const { rev } = this.schedule!
    if (!opening) return { rev, shifts: next as Shift[] }
    return { rev, openings: (next as Opening[]).filter((o) => o.day >= dayOf(now())) }
  },

  /** A schedule that was changed elsewhere is read anew, and what was chosen here stays; a refused field is shown where it stands. */
  async guarded(doing: () => Promise<void>) {
    const fault = await this.act(async () => {
      try {
        await doing()
      } catch (err) {
        this.setData({ touched: [] })
        if (faultOf(err).reason !== 'stale') throw err
        await this.readAgain()
      }
    })
    if (fault) this.setData({ wrong: Object.fromEntries(fault.fields.map((f) => [f.name.replace(/^.*\./, ''), f.message])) })
  },

  async readAgain() {
    this.schedule = await api.get('/me/schedule')
    const list = this.list()
    const has = (key: string): boolean => list.some((entry) => keyOf(entry) === key)
    if (this.removing ? !has(this.original) : has(keyOf(this.entry()))) { // done by an attempt whose answer was lost
      void wx.navigateBack()
      return
    }
    const index = list.findIndex((entry) => keyOf(entry) === this.original)
    const gone = this.original !== '' && index < 0
    if (gone) this.original = ''
    this.setData({ index })
    tell(gone
      ? '排班刚刚在别处改过，原来的这一条已经变了或去掉了。您填的还在，再点保存会作为新的加上。'
      : '排班刚刚在别处改过，已经读到最新的。您填的还在，请再点一次。')
  },
})

/** By what one is known again: it has no number of its own. */
function keyOf(entry: Shift | Opening): string {
  const { village, from, to, slot_minutes: slot, channels } = entry
  return JSON.stringify([village, 'day' in entry ? entry.day : entry.weekday, from, to, slot, [...channels].sort()])
}

function minutesOf(clock: string): number {
  const [hours, minutes] = clock.split(':').map(Number)
  return hours! * 60 + minutes!
}

/** The usual lengths, and the one that is set already. */
function withOwn(length: number): number[] {
  return [...new Set([...LENGTHS, length])].sort((a, b) => a - b)
}
