"""Reads one JSON message on stdin: lists of tokens to decode and of claim sets to encode. Answers with one line."""

import json
import sys

import jwt

message = json.load(sys.stdin)
answer = []
for case in message:
    algorithm, public, private = case["algorithm"], case["public"], case["private"]
    if case["hex"]:
        public, private = bytes.fromhex(public), bytes.fromhex(private)
    options = {"verify_aud": False}
    decoded = [jwt.decode(token, public, algorithms=[algorithm], options=options) for token in case["tokens"]]
    encoded = [jwt.encode(claims, private, algorithm=algorithm) for claims in case["claims"]]
    answer.append({"decoded": decoded, "encoded": encoded})
json.dump(answer, sys.stdout)
