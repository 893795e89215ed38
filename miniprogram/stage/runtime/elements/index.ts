// Makes the browser know WeChat's built-in elements, as wx-view, wx-picker …
import { Base } from './base'
import { Button, Form, Label, Navigator } from './controls'
import { Input, Textarea } from './field'
import { Picture } from './image'
import { Picker } from './picker'
import { PageMeta, RichText } from './rest'
import { ScrollView, Swiper } from './scroll'
import { tags } from './tags'
import { Checkbox, CheckboxGroup, Radio, RadioGroup, Switch } from './toggles'

const behaving: Partial<Record<(typeof tags)[number], CustomElementConstructor>> = {
  button: Button,
  checkbox: Checkbox,
  'checkbox-group': CheckboxGroup,
  form: Form,
  image: Picture,
  input: Input,
  label: Label,
  navigator: Navigator,
  'page-meta': PageMeta,
  picker: Picker,
  radio: Radio,
  'radio-group': RadioGroup,
  'rich-text': RichText,
  'scroll-view': ScrollView,
  swiper: Swiper,
  switch: Switch,
  textarea: Textarea,
}

export function defineElements() {
  // Elements without behaviour still need a class each.
  for (const tag of tags) customElements.define(`wx-${tag}`, behaving[tag] ?? class extends Base {})
}
