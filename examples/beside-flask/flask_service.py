"""A Flask service that takes the tokens of a service beside it, and issues some of its own.

With SHARED_SECRET both sides sign and verify with one secret. With ISSUER it only verifies, by the public keys that
the issuer publishes. Prints its port and serves until it is stopped.
"""

import os

import jwt
from flask import Flask, jsonify, request
from flask_jwt_extended import (
    JWTManager, create_access_token, create_refresh_token, get_jwt, get_jwt_identity, jwt_required, set_access_cookies
)
from flask_jwt_extended.exceptions import JWTDecodeError
from werkzeug.serving import make_server

app = Flask(__name__)
app.config["JWT_TOKEN_LOCATION"] = ["headers", "cookies"]
manager = JWTManager(app)

if "SHARED_SECRET" in os.environ:
    app.config["JWT_SECRET_KEY"] = os.environ["SHARED_SECRET"]
else:
    app.config["JWT_ALGORITHM"] = "EdDSA"
    app.config["JWT_DECODE_ISSUER"] = app.config["JWT_DECODE_AUDIENCE"] = os.environ["ISSUER"]
    key_set = jwt.PyJWKClient(os.environ["ISSUER"] + "/.well-known/jwks.json")

    @manager.decode_key_loader
    def key_of(header, claims):
        try:
            return key_set.get_signing_key(header.get("kid")).key
        except jwt.PyJWKClientError:
            raise JWTDecodeError("Signed with an unknown key")


@app.post("/login")
def login():
    identity = request.get_json()["username"]
    access, refresh = create_access_token(identity, fresh=True), create_refresh_token(identity)
    answer = jsonify(access_token=access, refresh_token=refresh)
    set_access_cookies(answer, access)
    return answer


@app.route("/whoami", methods=["GET", "POST"])
@jwt_required()
def whoami():
    return jsonify(identity=get_jwt_identity(), type=get_jwt()["type"])


if __name__ == "__main__":
    server = make_server("127.0.0.1", int(os.environ.get("PORT", "0")), app)
    print(server.port, flush=True)
    server.serve_forever()
