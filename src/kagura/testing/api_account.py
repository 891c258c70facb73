"""The calls about who calls: whoami, and what a token is worth."""

from __future__ import annotations

from kagura.testing.calls import Call, Json, Methods, Refusal

__all__ = ["ACCOUNT_METHODS"]


def _hello(call: Call) -> Json:
    if not call.user:
        raise Refusal(401, "Unauthenticated")
    return {"userName": call.user}


def _introspect(call: Call) -> Json:
    user = call.credentials.get(call.body.text("token"))
    return {"active": True, "username": user, "scope": "*"} if user else {"active": False}


def _generate_token(call: Call) -> Json:
    user = call.credentials.get(call.body.text("refreshToken"))
    if not user:
        raise Refusal(401, "The refresh token is not valid.")
    token = next(token for token, whose in call.credentials.items() if whose == user)
    return {"token": token, "expiresIn": 43200, "userName": user}


ACCOUNT_METHODS: Methods = {
    "api.v1.DiagnosticsService/Hello": _hello,
    "security.OAuthService/IntrospectToken": _introspect,
    "users.AccountService/GenerateAccessToken": _generate_token,
}
