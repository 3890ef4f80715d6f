"""Addresses. A case is named by its reference, a document by its number: never by anything personal."""

from __future__ import annotations

from allauth.account import views as account
from django.contrib import admin
from django.urls import include, path, re_path

from dsr.accounts import QuietResetView
from dsr.views import (
    acts,
    approving,
    case,
    dashboard,
    documents,
    entries,
    filing,
    health,
    reviewing,
    safeguards,
    working,
)

handler429 = "dsr.views.errors.too_many_requests"
handler500 = "dsr.views.errors.server_error"

# Of django-allauth, only what is needed: no sign-up, no changing of addresses.
sign_in = [
    path("sign-in/", account.login, name="account_login"),
    path("sign-out/", account.logout, name="account_logout"),
    path("closed/", account.account_inactive, name="account_inactive"),
    path("again/", account.reauthenticate, name="account_reauthenticate"),
    path("password/", QuietResetView.as_view(), name="account_reset_password"),
    path("password/sent/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/set/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("password/done/", account.password_reset_from_key_done, name="account_reset_password_from_key_done"),
]

one_case = [
    path("", case.page, name="case"),
    path("progress/", working.progress, name="case_progress"),
    path("identity/ask/", acts.ask_identity, name="ask_identity"),
    path("identity/confirm/", acts.confirm_identity, name="confirm_identity"),
    path("contacts/<int:pk>/decide/", acts.decide, name="decide"),
    path("search-again/", acts.search_again, name="search_again"),
    path("review/open/", acts.open_review, name="open_review"),
    path("review/save/", reviewing.save, name="save_review"),
    path("prepare/", acts.prepare, name="prepare"),
    path("approve/", approving.approve, name="approve"),
    path("stop/", acts.stop, name="stop"),
    path("send-back/", acts.send_back, name="send_back"),
    path("nothing-found/", acts.nothing_found, name="nothing_found"),
    path("look-again/", acts.look_again, name="look_again"),
    path("refuse/", acts.refuse, name="refuse"),
    path("withdraw/", acts.withdraw, name="withdraw"),
    path("hand-over/", acts.hand_over, name="hand_over"),
    path("resume/", acts.resume, name="resume"),
    path("back-to-review/", acts.back_to_review, name="back_to_review"),
    path("documents/<int:pk>/", documents.read, name="document"),
    path("documents/<int:pk>/pages/<int:number>.png", documents.page, name="document_page"),
    path("documents/<int:pk>/download/", documents.download, name="document_download"),
    path("documents/<int:pk>/entry/", entries.entry, name="document_entry"),
    path("documents/<int:pk>/report/", entries.report, name="document_report"),
]

urlpatterns = [
    path("", dashboard.home, name="home"),
    path("cases/new/", filing.new, name="new_case"),
    path("cases/<slug:reference>/", include(one_case)),
    path("safeguards/", safeguards.page, name="safeguards"),
    path("safeguards/<int:pk>/grant/", safeguards.grant, name="grant_change"),
    path("safeguards/<int:pk>/decline/", safeguards.decline, name="decline_change"),
    path("safeguards/<int:pk>/withdraw/", safeguards.withdraw, name="withdraw_change"),
    path("accounts/", include(sign_in)),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz, name="healthz"),
]
