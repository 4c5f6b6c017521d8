import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";

/** Posts a message between threads of this process. */
export function post(port: MessagePort, message: unknown): void {
  port.postMessage(message, []);
}

/** The messages that have come; waits for none. */
export function* messagesOf<M>(port: MessagePort): Iterable<M> {
  for (let got = receiveMessageOnPort(port); got !== undefined; got = receiveMessageOnPort(port)) yield got.message as M;
}
