import type { Schemas } from '../../lib/api'
import { api, faultOf } from '../../lib/api'
import { now } from '../../lib/clock'
import { dropDraft, keepDraft, readDraft } from '../../lib/drafts'
import { Once } from '../../lib/once'
import { dataset, page, sure } from '../../lib/page'
import { advisorName } from '../../lib/places'
import { person } from '../../lib/session'
import { parseTime, sayClock, sayTime } from '../../lib/times'
import { kindWords, logStatusTones, logStatusWords, logVerbWords, wayWords } from '../../lib/words'
import { whole } from '../diary'
import type { Line } from '../report'
import { helpersAt, linesOf, placeOf, sayPlaces } from '../report'

type Log = Schemas['LogOwn'] | Schemas['LogReport']

interface Happened { no: number; at: string; words: string; reason: string }
interface SignedIn { id: string; words: string; late: string; outside: boolean }
interface Former { no: number; title: string; reason: string; lines: Line[]; open: boolean }

const LATE = 5 * 60_000 // a telephone with a network does not take so long

/** All that stands in a service log, to its advisor and to who served with them. */
page({
  data: {
    id: '', fresh: false, changed: false, version: 1,
    status: '', tone: '', disputed: '', by: '', lines: [] as Line[], files: [] as string[], late: 0, note: null as string | null,
    signIns: [] as SignedIn[], events: [] as Happened[], former: [] as Former[], formerShown: false,
    mayCorrect: false, mayDispute: false, disputing: false, reason: '', wrong: '',
  },
  once: null as Once | null,

  onLoad({ id = '', fresh = '' }: { id?: string; fresh?: string }) {
    this.once = new Once()
    this.setData({ id, fresh: fresh !== '' })
  },

  onShow() {
    void this.fill()
  },

  async load(): Promise<void> {
    await this.show((await api.get('/service-logs/{id}', { path: { id: this.data.id } })) as Log)
  },

  async show(log: Log) {
    const joint = log.advisor !== person()?.id
    const [places, helpers, by] = await Promise.all([
      sayPlaces([placeOf(log)]), log.with.length ? helpersAt(placeOf(log)) : [], joint ? advisorName(log.advisor) : '',
    ])
    const disputes = log.events.filter((e) => e.verb === 'dispute')
    this.setData({
      version: log.version, status: logStatusWords[log.status], tone: logStatusTones[log.status], by,
      disputed: log.status === 'disputed' ? (disputes[disputes.length - 1]?.reason ?? '') : '',
      lines: linesOf(log, places, helpers), files: log.files, late: log.late_days, note: 'note' in log ? log.note : null,
      signIns: (log.sign_ins ?? []).map(signedIn), events: log.events.map(happened), former: [], formerShown: false,
      mayCorrect: log.can.includes('correct'), mayDispute: log.can.includes('dispute'),
    })
  },

  correct() {
    void wx.navigateTo({ url: `/pkg-advisor/write/write?id=${this.data.id}` })
  },

  /** The versions that a correction has replaced, the latest first. */
  async showFormer() {
    await this.act(async () => {
      const { id, version } = this.data
      const all = await whole((cursor) => api.get('/service-logs/{id}/versions', { path: { id }, query: { cursor, limit: 100 } }))
      const old = all.filter((v) => v.no < version).reverse()
      const named = [...new Set(old.filter((v) => v.with.length).map(placeOf))]
      const [places, helpers] = await Promise.all([sayPlaces(old.map(placeOf)), Promise.all(named.map(helpersAt))])
      this.setData({
        formerShown: true,
        former: old.map((v) => ({
          no: v.no, title: `第 ${v.no} 版，${kindWords[v.by_kind]} ${sayTime(v.at, now())}`, reason: v.reason ?? '',
          lines: linesOf(v, places, helpers.flat()), open: false,
        })),
      })
    })
  },

  toggleFormer(event: WechatMiniprogram.TouchEvent) {
    const { index } = dataset<{ index: number }>(event)
    this.setData({ [`former[${index}].open`]: !this.data.former[index]!.open })
  },

  draftName() {
    return `dispute:${this.data.id}`
  },

  async beginDispute() {
    const draft = await readDraft<{ reason: string }>(this.draftName())
    this.setData({ disputing: true, reason: draft?.reason ?? '' })
  },

  writeReason(event: WechatMiniprogram.CustomEvent<{ value: string }>) {
    this.setData({ reason: event.detail.value, wrong: '' })
    void keepDraft(this.draftName(), { reason: event.detail.value })
  },

  async dispute() {
    const reason = this.data.reason.trim()
    this.setData({ wrong: reason ? '' : '请写明哪里不对' })
    if (!reason || !(await sure('提出以后由司法所核实，不能自己收回。', '提出异议'))) return
    await this.act(async () => {
      const { id, version } = this.data
      const body = { reason, version }
      try {
        await this.show((await api.post('/service-logs/{id}/dispute', { path: { id }, body, key: this.once!.keyOf(body) })) as Log)
        await dropDraft(this.draftName())
        this.setData({ disputing: false, changed: false, reason: '' })
      } catch (err) {
        if (faultOf(err).reason !== 'log_changed') throw err
        await this.fill()
        this.setData({ changed: true })
      }
    })
  },
})

function happened(e: Schemas['LogEvent'], no: number): Happened {
  return { no, at: sayTime(e.at, now()), words: `${kindWords[e.by]}${logVerbWords[e.verb]}`, reason: e.reason ?? '' }
}

function signedIn(s: Schemas['SignIn']): SignedIn {
  const late = parseTime(s.received).getTime() - parseTime(s.claimed).getTime() > LATE
  const far = s.distance === null ? '' : `，离村里的点 ${s.distance} 米`
  return {
    id: s.id, words: `${sayClock(parseTime(s.claimed))}，${wayWords[s.way]}${far}`,
    late: late ? `晚到的：当时没有网络，${sayTime(s.received, now())} 才收到` : '', outside: s.inside === false,
  }
}
