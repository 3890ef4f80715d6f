"""Addresses. A case is named by its reference, a document by its number: never by anything personal."""

from __future__ import annotations

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.webauthn import views as webauthn
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
    factors,
    filing,
    handing,
    health,
    holding,
    leaving_out,
    letter_templates,
    letters,
    notifications,
    package,
    recipients,
    reports,
    reviewing,
    safeguards,
    set_up,
    verify,
    webhooks,
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
        factors.SetPassword.as_view(),
        name="account_reset_password_from_key",
    ),
    path("password/done/", account.password_reset_from_key_done, name="account_reset_password_from_key_done"),
]

# No passkey in place of the password, and no browser that is trusted for longer.
second_factor = [
    path("", factors.Index.as_view(), name="mfa_index"),
    path("authenticate/", mfa.authenticate, name="mfa_authenticate"),
    path("again/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("app/", factors.ActivateTOTP.as_view(), name="mfa_activate_totp"),
    path("app/remove/", factors.DeactivateTOTP.as_view(), name="mfa_deactivate_totp"),
    path("recovery-codes/", recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("recovery-codes/new/", factors.GenerateRecoveryCodes.as_view(), name="mfa_generate_recovery_codes"),
    path("keys/", webauthn.list_webauthn, name="mfa_list_webauthn"),
    path("keys/add/", factors.AddWebAuthn.as_view(), name="mfa_add_webauthn"),
    path("keys/again/", factors.ReauthenticateWebAuthn.as_view(), name="mfa_reauthenticate_webauthn"),
    path("keys/<int:pk>/", webauthn.edit_webauthn, name="mfa_edit_webauthn"),
    path("keys/<int:pk>/remove/", factors.RemoveWebAuthn.as_view(), name="mfa_remove_webauthn"),
]

one_case = [
    path("", case.page, name="case"),
    path("progress/", working.progress, name="case_progress"),
    path("identity/ask/", acts.ask_identity, name="ask_identity"),
    path("identity/confirm/", acts.confirm_identity, name="confirm_identity"),
    path("identity/proof/", acts.add_proof, name="add_proof"),
    path("language/", acts.choose_language, name="choose_language"),
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
    path("closing-record/", acts.draw_closing_record, name="draw_closing_record"),
    path("withdraw/", acts.withdraw, name="withdraw"),
    path("merge/", acts.merge, name="merge"),
    path("package/", acts.make_package, name="make_package"),
    path("returned/<int:pk>/follow-up/", acts.follow_up, name="follow_up"),
    path("returned/<int:pk>/dismiss/", acts.dismiss_return, name="dismiss_return"),
    path("hand-over/", acts.hand_over, name="hand_over"),
    path("hand-over/link/", handing.make_link, name="make_link"),
    path("hand-over/link/<int:pk>/revoke/", handing.revoke_link, name="revoke_link"),
    path("leave-out/", leaving_out.page, name="leave_out"),
    path("leave-out/<int:pk>/take-back/", leaving_out.take_back, name="take_back_redaction"),
    path("resume/", acts.resume, name="resume"),
    path("back-to-review/", acts.back_to_review, name="back_to_review"),
    path("hold/", holding.place, name="place_hold"),
    path("hold/<int:pk>/ask-to-lift/", holding.ask_to_lift, name="ask_to_lift_hold"),
    path("hold/<int:pk>/lift/", holding.lift, name="lift_hold"),
    path("hold/<int:pk>/keep/", holding.keep, name="keep_hold"),
    path("extend/", letters.extend, name="extend"),
    path("letters/", letters.card, name="case_letters"),
    path("letters/new/<slug:kind>/", letters.write, name="write_letter"),
    path("letters/<int:pk>/again/", letters.try_again, name="try_letter_again"),
    path("letters/<int:pk>/once-more/", letters.send_once_more, name="send_letter_once_more"),
    path("letters/<int:pk>/sent/", letters.note_sent, name="note_letter_sent"),
    path("letters/<int:pk>/came-back/", letters.note_bounced, name="note_letter_bounced"),
    path("recipients/<int:pk>/letter/", letters.write_to_recipient, name="write_to_recipient"),
    path("recipients/<int:pk>/told/", recipients.told, name="recipient_told"),
    path("recipients/<int:pk>/answer/", recipients.answered, name="recipient_answered"),
    path("recipients/<int:pk>/not-told/", recipients.not_told, name="recipient_not_told"),
    path("documents/<int:pk>/", documents.read, name="document"),
    path("documents/<int:pk>/pages/<int:number>.png", documents.page, name="document_page"),
    path("documents/<int:pk>/download/", documents.download, name="document_download"),
    path("documents/<int:pk>/entry/", entries.entry, name="document_entry"),
    path("documents/<int:pk>/entry/pages/<int:number>.png", entries.page, name="document_entry_page"),
    path("documents/<int:pk>/report/", entries.report, name="document_report"),
]

accountability = [
    path("", reports.page, name="reports"),
    path("figures.csv", reports.figures_csv, name="figures_csv"),
    path("register/", reports.register_page, name="register"),
    path("register.csv", reports.register_csv, name="register_csv"),
    path("make/", reports.make, name="make_report"),
    path("progress/", reports.progress, name="report_progress"),
    path("<int:pk>/again/", reports.again, name="report_again"),
    path("<int:pk>/download/", reports.download, name="report_download"),
]

urlpatterns = [
    path("", dashboard.home, name="home"),
    path("cases/new/", filing.new, name="new_case"),
    path("cases/<slug:reference>/", include(one_case)),
    path("letters/", letter_templates.listed, name="letter_templates"),
    path("letters/<slug:kind>/<slug:language>/", letter_templates.edit, name="letter_template"),
    path("notifications/", notifications.listed, name="notifications"),
    path("notifications/read/", notifications.mark_read, name="notifications_read"),
    path("preferences/", notifications.preferences, name="preferences"),
    path("webhooks/", webhooks.listed, name="webhooks"),
    path("webhooks/add/", webhooks.add, name="webhook_add"),
    path("webhooks/<int:pk>/", webhooks.one, name="webhook"),
    path("webhooks/<int:pk>/secret/", webhooks.renew_secret, name="webhook_secret"),
    path("webhooks/<int:pk>/remove/", webhooks.remove, name="webhook_remove"),
    path("webhooks/<int:pk>/test/", webhooks.test, name="webhook_test"),
    path("webhooks/told/<int:pk>/again/", webhooks.send_again, name="webhook_again"),
    path("set-up/", set_up.page, name="set_up"),
    path("set-up/test-mail/", set_up.test_mail, name="test_mail"),
    path("safeguards/", safeguards.page, name="safeguards"),
    path("safeguards/<int:pk>/grant/", safeguards.grant, name="grant_change"),
    path("safeguards/<int:pk>/decline/", safeguards.decline, name="decline_change"),
    path("safeguards/<int:pk>/withdraw/", safeguards.withdraw, name="withdraw_change"),
    path("accounts/", include(sign_in)),
    path("accounts/2fa/", include(second_factor)),
    path("admin/reports/", include(accountability)),
    path("admin/", admin.site.urls),
    path("package/<str:token>/", package.page, name="package"),
    path("verify/", verify.page, name="verify"),
    path("verify/<str:code>/", verify.page, name="verify_code"),
    path("healthz", health.healthz, name="healthz"),
]
