// The picker: a sheet with one column of choices for each part of the value.
import { emit } from '../engine'
import { openSheet } from '../wx/sheet'
import { Control } from './base'

interface Column {
  options: { value: number; text: string }[]
  chosen: number
}

export class Picker extends Control {
  static observedAttributes = ['value', 'range']
  private picked: unknown
  private redraw: (() => void) | undefined

  get value() {
    return this.picked ?? this.raw('value')
  }

  reset() {
    this.picked = undefined
  }

  attributeChangedCallback(name: string) {
    if (name === 'value') this.picked = undefined
    else this.redraw?.()
  }

  onTap() {
    if (this.hasAttribute('disabled')) return true
    const mode = modes[this.word('mode') || 'selector']
    if (!mode) throw new Error(`picker: the stage has no mode "${this.word('mode')}"`)
    const source = {
      value: this.value,
      range: () => this.raw('range'),
      key: this.word('range-key'),
      start: this.word('start'),
      end: this.word('end'),
      fields: this.word('fields'),
    }
    const chosen = mode.begin(source)
    const sheet = openSheet('mp-picker', () => emit(this, 'cancel'))
    const draw = () => {
      const columns = mode.columns(source, chosen)
      sheet.body.replaceChildren(...columns.map((column, index) => this.column(column, index, chosen, draw)))
      for (const on of sheet.body.querySelectorAll('[aria-selected=true]')) on.scrollIntoView({ block: 'center' })
    }
    this.redraw = draw
    sheet.confirm(() => {
      this.redraw = undefined
      const value = mode.value(chosen, mode.columns(source, chosen))
      this.picked = value
      emit(this, 'change', { value })
    })
    draw()
    return true
  }

  private column({ options, chosen: current }: Column, index: number, chosen: number[], draw: () => void) {
    const list = document.createElement('div')
    list.setAttribute('role', 'listbox')
    for (const { value, text } of options) {
      const option = document.createElement('button')
      option.textContent = text
      option.setAttribute('role', 'option')
      option.setAttribute('aria-selected', String(value === current))
      option.addEventListener('click', () => {
        chosen[index] = value
        if (this.word('mode') === 'multiSelector') emit(this, 'columnchange', { column: index, value })
        draw()
      })
      list.append(option)
    }
    return list
  }
}

interface Source {
  value: unknown
  range: () => unknown
  key: string
  start: string
  end: string
  fields: string
}

interface Mode {
  begin(source: Source): number[]
  columns(source: Source, chosen: number[]): Column[]
  value(chosen: number[], columns: Column[]): unknown
}

const two = (n: number) => String(n).padStart(2, '0')
const numbers = (text: string) => text.split(/[-:]/).map(Number)
const span = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)

function texts(range: unknown, key: string) {
  return (Array.isArray(range) ? (range as unknown[]) : []).map((item, value) => ({
    value,
    text: String(key ? (item as Record<string, unknown>)[key] : item),
  }))
}

/** column keeps the choice within what is on offer now. */
function column(options: Column['options'], wanted: number): Column {
  const nearest = options.reduce(
    (best, { value }) => (Math.abs(value - wanted) < Math.abs(best - wanted) ? value : best),
    options[0]?.value ?? 0,
  )
  return { options, chosen: nearest }
}

/** parts makes the columns of a date or a time: each is bounded as far as those before it stand at a bound. */
function parts(chosen: number[], low: number[], high: number[], whole: (index: number, before: number[]) => [number, number], units: string[]) {
  const before: number[] = []
  return units.map((unit, index) => {
    let [from, to] = whole(index, before)
    if (before.every((value, i) => value === low[i])) from = Math.max(from, low[index] ?? from)
    if (before.every((value, i) => value === high[i])) to = Math.min(to, high[index] ?? to)
    const made = column(
      span(from, to).map((value) => ({ value, text: `${value}${unit}` })),
      chosen[index] ?? from,
    )
    before.push(made.chosen)
    return made
  })
}

const modes: Record<string, Mode> = {
  selector: {
    begin: ({ value }) => [Number(value ?? 0)],
    columns: ({ range, key }, chosen) => [column(texts(range(), key), chosen[0] ?? 0)],
    value: (_, columns) => String(columns[0]?.chosen ?? 0),
  },
  multiSelector: {
    begin: ({ value, range }) => ((range() as unknown[]) ?? []).map((_, i) => (Array.isArray(value) ? Number(value[i] ?? 0) : 0)),
    columns: ({ range, key }, chosen) =>
      ((range() as unknown[]) ?? []).map((items, i) => column(texts(items, key), chosen[i] ?? 0)),
    value: (_, columns) => columns.map(({ chosen }) => chosen),
  },
  time: {
    begin: ({ value }) => numbers(typeof value === 'string' && value ? value : '09:00'),
    columns: ({ start, end }, chosen) =>
      parts(chosen, numbers(start || '00:00'), numbers(end || '23:59'), (i) => [0, i === 0 ? 23 : 59], ['时', '分']),
    value: (_, columns) => columns.map(({ chosen }) => two(chosen)).join(':'),
  },
  date: {
    begin: ({ value }) => numbers(typeof value === 'string' && value ? value : today()),
    columns: ({ start, end, fields }, chosen) =>
      parts(
        chosen,
        numbers(start || '1900-01-01'),
        numbers(end || '2100-12-31'),
        (i, [year, month]) => [
          [1900, 1, 1][i] ?? 1,
          [2100, 12, new Date(year ?? 2000, month ?? 1, 0).getDate()][i] ?? 31,
        ],
        ['年', '月', '日'].slice(0, { year: 1, month: 2 }[fields] ?? 3),
      ),
    value: (_, columns) => columns.map(({ chosen }) => two(chosen)).join('-'),
  },
}

function today() {
  const now = new Date()
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`
}
