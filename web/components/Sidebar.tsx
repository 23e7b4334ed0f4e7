import { useApp, useChat } from './app-context.ts'
import { Avatar } from './Avatar.tsx'
import { Button } from './Button.tsx'
import { Icon, type IconName } from './Icon.tsx'
import { Brand } from './Mark.tsx'
import { RoomList } from './RoomList.tsx'
import type { OnRoomChosen } from './RoomRow.tsx'

/** In a list of more rooms one may be found by its name. */
const FOUND_FROM = 12

/** The name of the chat, its rooms, and the person. */
export function Sidebar(props: {
  onChosen: OnRoomChosen
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
      <Brand />
      <RoomList onChosen={props.onChosen} />
      {chat.rooms.list.value.length > FOUND_FROM && (
        <Entry icon="search" text={i18n.t('rooms.find')} onPress={props.onFind} />
      )}
      <Entry icon="plus" text={i18n.t('rooms.new')} onPress={props.onNewRoom} />
      <Entry icon="at" text={i18n.t('mention.list')} onPress={props.onMentions} />
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

const Entry = ({ icon, text, onPress }: { icon: IconName; text: string; onPress: () => void }) => (
  <Button class="quiet" text={text} onPress={onPress}>
    <Icon name={icon} />
  </Button>
)
