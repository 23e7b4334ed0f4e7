import type { ComponentChild } from 'preact'
import { useSignal } from '@preact/signals'
import { useMemo } from 'preact/hooks'
import { format, plain, type Element, type Part } from '../formatting/format.ts'
import { WHOLE_ROOM, type Mention } from '../../src/contract.ts'
import { withMentions } from '../formatting/mentions.ts'
import { presentNames, useChat, useTexts } from './app-context.ts'
import { Button } from './Button.tsx'
import { CodeBlock } from './CodeBlock.tsx'
import { Spoiler } from './Spoiler.tsx'

/** A message of more lines than these shows only the first of them, until somebody asks for the rest. */
const LINES_MAX = 30
const LINES_SHOWN = 24
const IS_ADDRESS = /^https?:/i

/** The text of a message with its formatting, or as much of it as has room. A triple click selects all of it. */
export function MessageText({ text, mentions }: { text: string; mentions?: Mention[] | undefined }) {
  const t = useTexts()
  const all = useSignal(false)
  const lines = text.split('\n')
  const isLong = lines.length > LINES_MAX
  const shown = isLong && !all.value ? lines.slice(0, LINES_SHOWN).join('\n') : text
  const blocks = useMemo(() => withMentions(format(shown), mentions) as Element[], [shown, mentions])
  const [only] = blocks
  const line = blocks.length === 1 && only?.tag === 'p' ? only.children : null
  const Box = line ? 'p' : 'div'
  return (
    <>
      <Box class={line ? 'text' : 'text blocks stack'} dir="auto" onClick={selectAll}>
        {(line ?? blocks).map(draw)}
      </Box>
      {isLong && (
        <Button
          class="quiet show-more"
          text={all.value ? t('message.less') : t('message.more', { n: lines.length - LINES_SHOWN })}
          aria-expanded={all.value}
          onPress={() => (all.value = !all.value)}
        />
      )}
    </>
  )
}

function selectAll({ detail, currentTarget }: { detail: number; currentTarget: HTMLElement }) {
  if (detail === 3) getSelection()?.selectAllChildren(currentTarget)
}

function draw(part: Part, key: number): ComponentChild {
  if (typeof part === 'string') return part
  const { tag: Tag } = part
  const children = () => part.children.map(draw)
  switch (Tag) {
    case 'spoiler':
      return (
        <Spoiler key={key} hidden={part.children}>
          {children()}
        </Spoiler>
      )
    case 'mention':
      return <Mentioned key={key} {...part} />
    case 'a':
      return <Link key={key} {...part} />
    case 'pre':
      return <CodeBlock key={key} code={plain(part.children)} language={part.language} />
    case 'emoji':
      return (
        <span key={key} class="large-emoji">
          {part.children}
        </span>
      )
    case 'li':
      return (
        <li key={key} value={part.value}>
          {children()}
        </li>
      )
    default:
      return <Tag key={key}>{children()}</Tag>
  }
}

/** The person's name as it is now, where the page knows it. */
function Mentioned({ person = '', children }: Element) {
  const chat = useChat()
  const isMe = person === chat.me.value.id || person === WHOLE_ROOM
  const name = presentNames(chat, chat.rooms.room.value)(person) ?? plain(children)
  return <bdi class={isMe ? 'mention mine' : 'mention'}>@{name}</bdi>
}

/** An address keeps its own direction, whatever precedes it. */
function Link({ href, host, children }: Element) {
  const t = useTexts()
  if (href === undefined) return <>{children.map(draw)}</>
  return (
    <a
      dir="auto"
      href={href}
      title={IS_ADDRESS.test(plain(children)) ? undefined : href}
      target="_blank"
      rel="noopener noreferrer nofollow ugc"
    >
      {children.map(draw)}
      {host !== undefined && <bdi> ({host})</bdi>}
      <span class="unseen"> ({t('message.opensNew')})</span>
    </a>
  )
}
