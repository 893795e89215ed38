// A desk with two phones on it, each in somebody's hands. On a small screen
// the screen itself is the phone.
interface Someone {
  code: string
  label: string
}

const narrow = 600
const usual = ['demo-resident-1', 'demo-advisor-1']

if (innerWidth < narrow) location.replace(`phone.html${location.search}${location.hash}`)
else void layTheDesk()

async function layTheDesk() {
  const people = await everybody()
  const main = document.createElement('main')
  if (!people) {
    const notice = document.createElement('p')
    notice.className = 'notice'
    notice.textContent = '演示人员名单暂时取不到，只能以村民一号的身份查看。刷新页面可以重试。'
    document.body.append(notice)
  }
  main.append(...usual.map((code, index) => phone(people ?? [{ code, label: '演示人员' }], code, index)))
  document.body.append(main)
}

async function everybody() {
  try {
    const response = await fetch('/demo/people')
    if (!response.ok) return undefined
    return ((await response.json()) as { items: Someone[] }).items
  } catch {
    return undefined
  }
}

/** phone makes one phone and the list of people that it can be handed to; the choice outlives a reload. */
function phone(people: Someone[], first: string, index: number) {
  const section = document.createElement('section')
  const label = document.createElement('label')
  const select = document.createElement('select')
  const frame = document.createElement('iframe')
  const remembered = localStorage.getItem(`desk:${index}`) ?? first
  for (const { code, label: text } of people) select.add(new Option(text, code))
  select.value = people.some(({ code }) => code === remembered) ? remembered : first
  const hand = (hash: string) => {
    frame.src = `phone.html?as=${encodeURIComponent(select.value)}${hash}`
  }
  select.addEventListener('change', () => {
    localStorage.setItem(`desk:${index}`, select.value)
    hand('')
  })
  // A link to a page is meant for the first phone.
  hand(index === 0 ? location.hash : '')
  frame.title = `手机 ${index + 1}`
  label.append('谁在用这部手机', select)
  section.append(label, frame)
  return section
}
