import { startAlone } from '../../infra/testing/chat-server.ts'
import { classicContract } from './classic.contract.ts'

classicContract('one instance by itself', startAlone)
