import { startAlone } from '../../infra/testing/chat-server.ts'
import { courseContract } from './course.contract.ts'

courseContract('one instance by itself', startAlone)
