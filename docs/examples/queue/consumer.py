#!/usr/bin/env python3
"""Prints each unit whose state changes, from the messages that gitops-agent publishes. Needs python3-pika."""
import json
import sys

import pika

url, queue = sys.argv[1:3]
states = {}


def take(channel, method, _properties, body):
    message = json.loads(body)
    if message["kind"] == "unit":
        name = f"{message['host']} {message['unit']}"
        state = f"{message['activeState']} ({message['subState']})"
        if states.get(name) != state:
            print(f"{message['at']} {name}: {state}", flush=True)
        states[name] = state
    channel.basic_ack(method.delivery_tag)


channel = pika.BlockingConnection(pika.URLParameters(url)).channel()
channel.basic_consume(queue, take)
channel.start_consuming()
