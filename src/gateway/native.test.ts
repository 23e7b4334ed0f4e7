import { startAlone } from '../../infra/testing/chat-server.ts'
import { nativeContract } from './native.contract.ts'

nativeContract('one instance by itself', startAlone)
