import type { Schemas } from '../../lib/api'
import { api } from '../../lib/api'
import { now } from '../../lib/clock'
import { dropDraft, keepDraft, readDraft } from '../../lib/drafts'
import { Once } from '../../lib/once'
import { dataset, page } from '../../lib/page'
import type { State } from '../../lib/page'
import { sayTime } from '../../lib/times'
import { starWords, tagWords } from '../../lib/words'
import { isOwn, lawyerName, sayWhere } from '../appointments'

type Tag = Schemas['RatingTag']

/** What is chosen and written: it outlives the page until it was sent. */
interface Draft { stars: number; tags: Tag[]; text: string }

const MOST = 5 // words that a rating may have
const GOOD: Tag[] = ['clear', 'patient', 'expert', 'punctual', 'solved']
const BAD: Tag[] = ['unclear', 'impatient', 'hurried', 'late', 'unsolved']

/** What whoever was served thinks of it. */
page({
  data: {
    id: '', about: '', advisor: '', stars: 0, choices: starWords.map((words, n) => ({ stars: n, words })).slice(1),
    tags: [] as { code: Tag; words: string; on: boolean }[], text: '', wrong: '', done: false,
  },
  once: null as Once | null,

  onLoad({ id = '' }: { id?: string }) {
    this.once = new Once()
    this.setData({ id })
    void this.fill()
  },

  async load(): Promise<State> {
    const [a, draft] = await Promise.all([api.get('/appointments/{id}', { path: { id: this.data.id } }), readDraft<Draft>(this.draftName())])
    if (!isOwn(a) || !a.can.includes('rate')) return 'empty'
    this.setData({ advisor: await lawyerName(a.advisor), about: `${sayTime(a.start, now())}，${await sayWhere(a)}`, text: draft?.text ?? '' })
    this.take(draft?.stars ?? 0, draft?.tags ?? [])
    return 'ready'
  },

  draftName() {
    return `rate:${this.data.id}`
  },

  takeStars(event: WechatMiniprogram.TouchEvent) {
    this.take(dataset<{ stars: number }>(event).stars, this.chosen())
    this.keep()
  },

  toggleTag(event: WechatMiniprogram.TouchEvent) {
    const { code } = dataset<{ code: Tag }>(event)
    if (this.chosen().length === MOST && !this.chosen().includes(code)) return this.setData({ wrong: `最多选 ${MOST} 个` })
    this.setData({ wrong: '', tags: this.data.tags.map((t) => (t.code === code ? { ...t, on: !t.on } : t)) })
    this.keep()
  },

  write(event: WechatMiniprogram.CustomEvent<{ value: string }>) {
    this.setData({ text: event.detail.value })
    this.keep()
  },

  /** Words that go with that many stars; of those chosen, what still goes. */
  take(stars: number, chosen: Tag[]) {
    const fitting = stars === 0 ? [] : [...(stars >= 3 ? GOOD : []), ...(stars <= 3 ? BAD : [])]
    this.setData({ stars, wrong: '', tags: fitting.map((code) => ({ code, words: tagWords[code], on: chosen.includes(code) })) })
  },

  chosen(): Tag[] {
    return this.data.tags.filter((t) => t.on).map((t) => t.code)
  },

  keep() {
    void keepDraft(this.draftName(), { stars: this.data.stars, tags: this.chosen(), text: this.data.text } satisfies Draft)
  },

  async send() {
    const { stars, text } = this.data
    if (!stars) return this.setData({ wrong: '请先点一项' })
    await this.act(async () => {
      const body: Schemas['RateRequest'] = { stars, tags: this.chosen(), ...(text.trim() ? { text: text.trim() } : {}) }
      await api.post('/appointments/{id}/rate', { path: { id: this.data.id }, body, key: this.once!.keyOf(body) })
      this.once!.done()
      await dropDraft(this.draftName())
      this.setData({ done: true })
      void wx.pageScrollTo({ scrollTop: 0 })
    })
  },

  back() {
    if (getCurrentPages().length > 1) void wx.navigateBack()
    else void wx.redirectTo({ url: `/pages/booking/booking?id=${this.data.id}` })
  },

  complain() {
    void wx.navigateTo({ url: `/pages/complain/complain?appointment=${this.data.id}` })
  },
})
