/**
 * Options of Node in every start of the chat: in the script `start` of package.json, and in the Dockerfile. Left to itself V8 lets the
 * objects of the last moment take 64 MB and more, as much as 4,000 connections, and the program is no faster then.
 */
export const SERVER_OPTIONS: readonly string[] = ['--max-semi-space-size=16']
