import type { TargetedMouseEvent } from 'preact'
import { useApp, useChat } from './app-context.ts'
import { Avatar } from './Avatar.tsx'
import { Button } from './Button.tsx'
import { Icon } from './Icon.tsx'
import { Mark } from './Mark.tsx'
import { RoomList } from './RoomList.tsx'

/** In a list of more rooms one may be found by its name. */
const FOUND_FROM = 12

/** The name of the chat, its rooms, and the person. */
export function Sidebar(props: {
  onChosen: (event: TargetedMouseEvent<HTMLAnchorElement>) => void
  onFind: () => void
  onNewRoom: () => void
  onMentions: () => void
  onYou: () => void
}) {
  const { i18n } = useApp()
  const chat = useChat()
  const me = chat.me.value
  const region = chat.connection.online.value ? chat.connection.hello.value?.region : undefined
  const n = chat.proximity.roundTrip.value
  return (
    <div class="sidebar">
      <p class="brand">
        <Mark />
        <span translate={false}>Taifas</span>
      </p>
      <RoomList onChosen={props.onChosen} />
      {chat.rooms.list.value.length > FOUND_FROM && (
        <Button class="quiet new-room" onPress={props.onFind}>
          <Icon name="search" />
          {i18n.t('rooms.find')}
        </Button>
      )}
      <Button class="quiet new-room" onPress={props.onNewRoom}>
        <Icon name="plus" />
        {i18n.t('rooms.new')}
      </Button>
      <Button class="quiet" onPress={props.onMentions}>
        <Icon name="at" />
        {i18n.t('mention.list')}
      </Button>
      <div class="me">
        <button type="button" class="me-button" onClick={props.onYou}>
          <Avatar name={me.name} person={me.key} />
          <span class="me-name stack">
            <span class="one-line">
              <span class="unseen">{i18n.t('you.open')}, </span>
              <bdi>{me.name}</bdi>
            </span>
            {region !== undefined && (
              <small class="one-line" title={n === null ? undefined : i18n.t('link.nearHint', { n, region })}>
                {n === null ? i18n.t('link.region', { region }) : i18n.t('link.near', { n, region })}
              </small>
            )}
          </span>
        </button>
      </div>
    </div>
  )
}
