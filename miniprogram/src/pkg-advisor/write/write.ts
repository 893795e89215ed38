import type { Fault, Schemas } from '../../lib/api'
import { api, faultOf } from '../../lib/api'
import { now } from '../../lib/clock'
import { dropDraft, keepDraft, readDraft } from '../../lib/drafts'
import { Once } from '../../lib/once'
import { dataset, page, tell } from '../../lib/page'
import type { State } from '../../lib/page'
import { clockOf, dayOf, parseTime, sayClock, sayDay, sayMinutes, sayRange } from '../../lib/times'
import { counterWords, dutyWords, groupWords, modeWords, roleWords } from '../../lib/words'
import { served } from '../diary'
import { COUNTERS, helpersAt, sayCounters, sayPlace, sayPlaces, stationOf } from '../report'
import type { Counter, Form } from './form'
import {
  endOf, formOfBooking, formOfLog, freshForm, KINDS, minutesUntil, missing, nothing, reportOf, startOf, STATIONS, withKind, withPlace,
} from './form'

type Text = 'method' | 'content' | 'result' | 'note' | 'reason'

interface Draft { form: Form; version: number }
interface Choice<T extends string = string> { code: T; words: string; on: boolean }
interface Count { code: Counter; name: string; unit: string; n: number }

const DURATIONS = [
  { minutes: 30, words: '30 分', label: '30 分钟' }, { minutes: 60, words: '1 小时', label: '1 小时' }, { minutes: 90, words: '1.5 小时', label: '一个半小时' },
  { minutes: 120, words: '2 小时', label: '2 小时' }, { minutes: 240, words: '半天', label: '半天，4 小时' },
]

/**
 * A service log is written: for a booking, as a service of its own, or anew in
 * place of a version that was wrong. What has been written outlives the
 * mini-program until it is sent.
 */
page({
  data: {
    appointment: '', id: '', version: 0, topic: '',
    form: { counters: nothing() } as Form,
    kinds: KINDS, durations: DURATIONS, places: [] as { code: string; name: string }[],
    modes: [] as Choice[], duties: [] as Choice[], groups: [] as Choice[], helpers: [] as Choice[],
    main: [] as Count[], rest: [] as Count[],
    where: '', when: '', dayWords: '', fromWords: '', toWords: '', to: '', today: '', howLong: '', summary: '', concernsSaid: false,
    more: false, noting: false, changed: false, wrong: {} as Record<string, string>,
  },
  once: null as Once | null,
  known: [] as Schemas['Helper'][],

  onLoad({ appointment = '', id = '' }: { appointment?: string; id?: string }) {
    this.once = new Once()
    this.setData({ appointment, id, more: id !== '', noting: appointment === '' })
    if (id) void wx.setNavigationBarTitle({ title: '更正服务日志' })
    void this.fill()
  },

  async load(): Promise<State> {
    const { appointment, id } = this.data
    const draft = await readDraft<Draft>(this.draftName())
    if (id) {
      const log = (await api.get('/service-logs/{id}', { path: { id } })) as Schemas['LogOwn']
      this.setData({ version: log.version, concernsSaid: log.concerns_village, appointment: log.appointment ?? '', changed: draft !== null && draft.version !== log.version })
      await this.begin(draft?.form ?? formOfLog(log))
    } else if (appointment) {
      const [a, logs] = await Promise.all([
        api.get('/appointments/{id}', { path: { id: appointment } }) as Promise<Schemas['Appointment']>,
        api.get('/service-logs', { query: { appointment } }),
      ])
      if (logs.items[0]) {
        void wx.redirectTo({ url: `/pkg-advisor/log/log?id=${logs.items[0].id}` })
        return 'loading'
      }
      this.setData({ topic: a.topic, concernsSaid: a.concerns_village, more: draft !== null })
      await this.begin(draft?.form ?? formOfBooking(a, now()))
    } else {
      const mine = await served()
      const towns = [...new Map(mine.map((p) => [p.code.slice(0, 9), p.town]))].map(([code, town]) => ({ code, name: stationOf(town) }))
      this.setData({ places: [...mine, ...towns] })
      await this.begin(draft?.form ?? freshForm(mine[0]?.code ?? '', now()))
    }
    return 'ready'
  },

  async begin(form: Form) {
    this.put(form)
    this.setData({ today: dayOf(now()), where: form.place ? sayPlace(form.place, await sayPlaces([form.place])) : '' })
    await this.readHelpers()
  },

  /** Who may have served along. */
  async readHelpers() {
    const { place } = this.data.form
    const helpers = await helpersAt(place)
    if (place !== this.data.form.place) return
    this.known = helpers
    this.put(this.data.form)
  },

  draftName() {
    return `log:${this.data.id || this.data.appointment || 'new'}`
  },

  /** A change: shown and kept at once. */
  change(change: Partial<Form>) {
    this.put({ ...this.data.form, ...change })
    void keepDraft(this.draftName(), { form: this.data.form, version: this.data.version } satisfies Draft)
  },

  /** Shows a form, with all words that follow from it. */
  put(form: Form) {
    const { id, appointment } = this.data
    const first = id || appointment ? [] : (KINDS.find((k) => k.code === form.kind)?.counts ?? [])
    const end = endOf(form)
    const listed = new Set(this.known.map((h) => h.id))
    const unlisted = form.with.filter((one) => !listed.has(one)).map((code) => ({ code, words: '名单外的人', on: true }))
    this.setData({
      form,
      modes: choices(modeWords, [form.mode]).filter((m) => form.place.length === 12 || STATIONS.includes(m.code)), duties: choices(dutyWords, [form.duty]), groups: choices(groupWords, form.groups),
      helpers: [...this.known.filter((h) => !shut(h, form)).map((h) => ({ code: h.id, words: sayHelper(h), on: form.with.includes(h.id) })), ...unlisted],
      main: first.map((c) => countOf(c, form)), rest: COUNTERS.filter((c) => !first.includes(c)).map((c) => countOf(c, form)),
      when: sayRange(startOf(form), end, now()), dayWords: sayDay(form.day, now()), fromWords: sayClock(parseTime(startOf(form))),
      to: clockOf(parseTime(end)), toWords: sayClock(parseTime(end)), howLong: sayMinutes(form.minutes),
      summary: `${modeWords[form.mode]} · ${sayCounters(form.counters).join('，') || dutyWords[form.duty]}`,
    })
  },

  takeKind(event: WechatMiniprogram.TouchEvent) {
    const kind = KINDS.find((k) => k.code === dataset<{ code: string }>(event).code)!
    this.change(withKind(this.data.form, kind))
    if (kind.code === 'other') this.setData({ more: true })
  },

  takePlace(event: WechatMiniprogram.CustomEvent<{ value: string }>) {
    const place = this.data.places[Number(event.detail.value)]!
    if (place.code === this.data.form.place) return
    this.setData({ where: place.name })
    this.known = []
    this.change(withPlace(this.data.form, place.code))
    void this.readHelpers()
  },

  takeDay(event: WechatMiniprogram.CustomEvent<{ value: string }>) {
    this.change({ day: event.detail.value })
  },

  takeFrom(event: WechatMiniprogram.CustomEvent<{ value: string }>) {
    this.change({ from: event.detail.value })
  },

  takeTo(event: WechatMiniprogram.CustomEvent<{ value: string }>) {
    this.change({ minutes: minutesUntil(this.data.form, event.detail.value) })
  },

  takeMinutes(event: WechatMiniprogram.TouchEvent) {
    this.change({ minutes: dataset<{ minutes: number }>(event).minutes })
  },

  takeMode(event: WechatMiniprogram.TouchEvent) {
    this.change({ mode: dataset<{ code: Schemas['Mode'] }>(event).code })
  },

  takeDuty(event: WechatMiniprogram.TouchEvent) {
    this.change({ duty: dataset<{ code: Schemas['Duty'] }>(event).code })
  },

  toggleGroup(event: WechatMiniprogram.TouchEvent) {
    this.change({ groups: toggled(this.data.form.groups, dataset<{ code: Schemas['KeyGroup'] }>(event).code) })
  },

  toggleHelper(event: WechatMiniprogram.TouchEvent) {
    this.change({ with: toggled(this.data.form.with, dataset<{ code: string }>(event).code) })
  },

  count(event: WechatMiniprogram.TouchEvent) {
    const { code, by } = dataset<{ code: Counter; by: number }>(event)
    this.setCount(code, this.data.form.counters[code] + by)
  },

  typeCount(event: WechatMiniprogram.Input) {
    this.setCount(dataset<{ code: Counter }>(event).code, Math.floor(Number(event.detail.value)) || 0)
  },

  setCount(code: Counter, n: number) {
    this.change({ counters: { ...this.data.form.counters, [code]: Math.max(0, n) } })
  },

  write(event: WechatMiniprogram.CustomEvent<{ value: string }>) {
    const { name } = dataset<{ name: Text }>(event)
    this.change({ [name]: event.detail.value })
    if (this.data.wrong[name]) this.setData({ [`wrong.${name}`]: '' })
  },

  takePhotos(event: WechatMiniprogram.CustomEvent<{ ids: string[] }>) {
    this.change({ files: event.detail.ids })
  },

  /** Where it concerns the village, none of its own people can have served along. */
  toggleConcerns() {
    if (this.data.concernsSaid) {
      tell('已经写明涉及村（居）委会，不能再改回。')
      return
    }
    const { form } = this.data
    const concerns = !form.concerns
    const out = this.known.filter((h) => shut(h, { ...form, concerns })).map((h) => h.id)
    this.change({ concerns, with: form.with.filter((id) => !out.includes(id)) })
  },

  showMore() {
    this.setData({ more: true })
  },

  showNote() {
    this.setData({ noting: true })
  },

  async send() {
    const { form, id, appointment, version } = this.data
    const wrong = missing(form, { booking: appointment !== '', correcting: id !== '' }, now())
    this.setData({ wrong })
    if (Object.keys(wrong).length) {
      this.point()
      return
    }
    const fault = await this.act(async () => {
      try {
        const report = reportOf(form)
        const log = id ? await this.sendCorrection({ ...report, version, reason: form.reason.trim() }) : await this.sendNew({ ...report, ...(appointment ? { appointment } : {}) })
        this.once!.done()
        await dropDraft(this.draftName())
        this.leave(log.id)
      } catch (err) {
        if (!(await this.mend(faultOf(err)))) throw err
      }
    })
    if (fault?.fields.length) {
      this.setData({ more: true, wrong: Object.fromEntries(fault.fields.map((f) => [f.name, f.message])) })
      this.point()
    }
  },

  sendNew(body: Schemas['LogRequest']) {
    return api.post('/service-logs', { body, key: this.once!.keyOf(body) })
  },

  sendCorrection(body: Schemas['CorrectRequest']) {
    return api.post('/service-logs/{id}/correct', { path: { id: this.data.id }, body, key: this.once!.keyOf(body) })
  },

  /** A corrected log is read again by the page below; a new one gets a page. */
  leave(id: string) {
    const pages = getCurrentPages()
    if (this.data.id && pages[pages.length - 2]?.route === 'pkg-advisor/log/log') void wx.navigateBack()
    else void wx.redirectTo({ url: `/pkg-advisor/log/log?id=${id}${this.data.id ? '' : '&fresh=1'}` })
  },

  /** Somebody else was faster: what was written stays, over the version that stands now. */
  async mend(fault: Fault): Promise<boolean> {
    if (fault.reason !== 'log_changed') return false
    const log = await api.get('/service-logs/{id}', { path: { id: this.data.id } })
    this.setData({ version: log.version, changed: true })
    void keepDraft(this.draftName(), { form: this.data.form, version: log.version } satisfies Draft)
    void wx.pageScrollTo({ scrollTop: 0 })
    return true
  },

  /** Brings the first thing that is wrong into sight. */
  point() {
    const first = Object.keys(this.data.wrong).find((name) => this.data.wrong[name]) ?? ''
    const at = { village: 'place', town: 'place', start: 'end' }[first] ?? first
    void wx.pageScrollTo({ selector: `#at-${at}`, offsetTop: -120, fail: () => undefined }) // what has no place of its own is told
  },

  /** What stands now, beside what was written. */
  readNow() {
    void wx.navigateTo({ url: `/pkg-advisor/log/log?id=${this.data.id}` })
  },

  /** Throws away what was written over a version that no longer stands. */
  async startOver() {
    await this.act(async () => {
      await dropDraft(this.draftName())
      await this.fill()
    })
  },
})

function choices<K extends string>(words: Record<K, string>, on: K[]): Choice<K>[] {
  return (Object.keys(words) as K[]).map((code) => ({ code, words: words[code], on: on.includes(code) }))
}

function countOf(code: Counter, form: Form): Count {
  return { code, ...counterWords[code], n: form.counters[code] }
}

/** Somebody of the village itself, in what concerns the village. */
function shut(helper: Schemas['Helper'], form: Form): boolean {
  return form.concerns && form.place.length === 12 && helper.kind === 'collaborator'
}

function sayHelper(helper: Schemas['Helper']): string {
  const what = helper.roles.map((r) => roleWords[r]).join('、') || '法律顾问'
  return `${helper.name}（${what}）`
}

function toggled<T>(all: T[], one: T): T[] {
  return all.includes(one) ? all.filter((x) => x !== one) : [...all, one]
}
