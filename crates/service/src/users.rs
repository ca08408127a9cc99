//! Users.

use crate::legacy_permissions::old_word;
use crate::roles;
use crate::{Answer, Call, Service, given, handle};
use authz::{Level, ResourceType};
use identity::{CredentialKind, DEFAULT_WORKSPACE, Principal};
use model::{Actor, Error, Result};
use operations::messages::{
    self, CurrentUser, Done, ExperimentPermission, ListedUser, Password, RegisteredModelPermission,
    ScorerPermission, SignUpPage, SignUpState, User, UserAnswer, UserList, UserWithPermissions,
};
use operations::{
    CreateUser, CreateUserUi, DeleteUser, Form, FormTicket, GetCurrentUser, GetUser, Html, Json, ListUsers,
    NewForm, SignUp, UpdateUserAdmin, UpdateUserDisabled, UpdateUserPassword,
};
use percent_encoding::percent_decode_str;
use store::auth::users::StoredUser;

handle!(CreateUser, create_user);
handle!(SignUp, sign_up);
handle!(CreateUserUi, create_user_ui);
handle!(GetUser, get_user);
handle!(GetCurrentUser, get_current_user);
handle!(ListUsers, list_users);
handle!(UpdateUserPassword, update_user_password);
handle!(UpdateUserAdmin, update_user_admin);
handle!(UpdateUserDisabled, update_user_disabled);
handle!(DeleteUser, delete_user);

fn shown(user: StoredUser) -> User {
    User { id: user.id.0, username: user.username, is_admin: user.is_admin, is_disabled: user.is_disabled }
}

/// The user with those of their own grants that clients before MLflow 3.12 know, by their names.
fn with_permissions(user: StoredUser, grants: Vec<(String, String, String)>) -> UserWithPermissions {
    let user_id = user.id.0;
    let mut answer = UserWithPermissions {
        user: shown(user),
        experiment_permissions: Vec::new(),
        registered_model_permissions: Vec::new(),
        scorer_permissions: Vec::new(),
    };
    for (kind, pattern, level) in grants {
        let permission = old_word(Level::from_column(&level)).to_owned();
        match ResourceType::from_name(&kind) {
            _ if pattern == authz::WILDCARD => {}
            Some(ResourceType::Experiment) => answer.experiment_permissions.push(ExperimentPermission {
                experiment_id: pattern,
                user_id,
                permission,
            }),
            Some(ResourceType::RegisteredModel | ResourceType::Prompt) => {
                answer.registered_model_permissions.push(RegisteredModelPermission {
                    workspace: DEFAULT_WORKSPACE,
                    name: pattern,
                    user_id,
                    permission,
                })
            }
            Some(ResourceType::Scorer) => {
                // `<experiment id>/<name>`, the name percent-encoded, as MLflow 3.17 writes it.
                if let Some((experiment_id, name)) = pattern.split_once('/') {
                    answer.scorer_permissions.push(ScorerPermission {
                        experiment_id: experiment_id.to_owned(),
                        scorer_name: percent_decode_str(name).decode_utf8_lossy().into_owned(),
                        user_id,
                        permission,
                    });
                }
            }
            _ => {}
        }
    }
    answer
}

fn password(field: Option<Password>, name: &str) -> Result<String> {
    given(field, name).map(|password| password.0)
}

impl Service {
    async fn create_user(&self, call: Call<CreateUser>) -> Answer<CreateUser> {
        let actor = call.actor().clone();
        let (_, input) = call.into_parts();
        let user = self.sign_up_user(&actor, input.0).await?;
        Ok(Json(UserAnswer { user: with_permissions(user, Vec::new()) }))
    }

    async fn sign_up_user(&self, actor: &Actor, asked: messages::CreateUser) -> Result<StoredUser> {
        let username = given(asked.username, "username")?;
        let password = password(asked.password, "password")?;
        if username.is_empty() || password.is_empty() {
            return Err(Error::invalid("Username and password cannot be empty."));
        }
        self.people()?.users.create(actor, &username, &password, false).await
    }

    async fn sign_up(&self, call: Call<SignUp>) -> Answer<SignUp> {
        let (caller, NewForm(ticket)) = call.into_parts();
        // As in MLflow, administrators of a workspace see the page, and cannot send its form.
        let state =
            if caller.is_unrestricted() { SignUpState::Blank } else { SignUpState::ForAdministrators };
        self.sign_up_page(ticket, state)
    }

    async fn create_user_ui(&self, call: Call<CreateUserUi>) -> Answer<CreateUserUi> {
        let actor = call.actor().clone();
        let (_, Form { message, ticket }) = call.into_parts();
        let username = message.username.clone().unwrap_or_default();
        let state = match self.sign_up_user(&actor, message).await {
            Ok(user) => SignUpState::SignedUp { username: user.username },
            // What can be put right is put right in the form.
            Err(error) if (400..500).contains(&error.code.http_status()) => {
                SignUpState::Refused { username, error }
            }
            Err(error) => return Err(error),
        };
        self.sign_up_page(ticket, state)
    }

    fn sign_up_page(&self, ticket: FormTicket, state: SignUpState) -> Result<Html<SignUpPage>> {
        let min_password_chars = self.people()?.users.policy().min_chars;
        Ok(Html(SignUpPage { ticket, min_password_chars, state }))
    }

    async fn get_user(&self, call: Call<GetUser>) -> Answer<GetUser> {
        let (_, input) = call.into_parts();
        let username = given(input.0.username, "username")?;
        let (user, grants) = self.people()?.users.get_with_grants(&username).await?;
        Ok(Json(UserAnswer { user: with_permissions(user, grants) }))
    }

    async fn get_current_user(&self, call: Call<GetCurrentUser>) -> Answer<GetCurrentUser> {
        match call.principal() {
            Principal::User(user) => Ok(Json(CurrentUser {
                user: User {
                    id: user.id.0,
                    username: user.username.clone(),
                    is_admin: user.is_admin,
                    is_disabled: false,
                },
                // It tells MLflow's pages whether to offer the change of the password.
                is_basic_auth: user.credentials == CredentialKind::Password,
            })),
            Principal::Anyone => Err(Error::not_found("Nobody is logged in.")),
        }
    }

    async fn list_users(&self, call: Call<ListUsers>) -> Answer<ListUsers> {
        let people = self.people()?;
        let administered = people.rights.administered(call.principal()).await?;
        let listed = people.users.list().await?.into_iter().map(|(user, mut roles)| {
            if let Some(administered) = &administered
                && call.principal().username() != Some(&user.username)
            {
                roles.retain(|role| administered.contains(&role.workspace));
            }
            ListedUser {
                id: user.id.0,
                username: user.username,
                is_admin: user.is_admin,
                is_disabled: user.is_disabled,
                roles: roles.into_iter().map(roles::shown).collect(),
            }
        });
        let listed = listed.collect();
        Ok(Json(UserList { users: listed }))
    }

    async fn update_user_password(&self, call: Call<UpdateUserPassword>) -> Answer<UpdateUserPassword> {
        let (caller, actor) = (call.principal().clone(), call.actor().clone());
        let (_, input) = call.into_parts();
        let username = given(input.0.username, "username")?;
        let new = password(input.0.password, "password")?;
        let users = &self.people()?.users;
        if caller.username() == Some(&username) {
            // Whoever sits down at an open browser must not be able to take the account over.
            let current = input.0.current_password.map(|password| password.0).unwrap_or_default();
            if current.is_empty() {
                return Err(Error::invalid("Current password is required when changing your own password."));
            }
            if !users.verify(&actor, &username, &current).await? {
                return Err(Error::invalid("Current password does not match."));
            }
            if new == current {
                return Err(Error::invalid("New password must differ from the current password."));
            }
        }
        users.set_password(&actor, &username, &new).await?;
        Ok(Json(Done {}))
    }

    async fn update_user_admin(&self, call: Call<UpdateUserAdmin>) -> Answer<UpdateUserAdmin> {
        let actor = call.actor().clone();
        let (_, input) = call.into_parts();
        let username = given(input.0.username, "username")?;
        let is_admin = given(input.0.is_admin, "is_admin")?;
        self.people()?.users.set_admin(&actor, &username, is_admin).await?;
        Ok(Json(Done {}))
    }

    async fn update_user_disabled(&self, call: Call<UpdateUserDisabled>) -> Answer<UpdateUserDisabled> {
        let (caller, actor) = (call.principal().clone(), call.actor().clone());
        let (_, input) = call.into_parts();
        let username = given(input.0.username, "username")?;
        let is_disabled = given(input.0.is_disabled, "is_disabled")?;
        if is_disabled && caller.username() == Some(&username) {
            return Err(Error::bad_request(
                "Users cannot disable their own account. Ask another admin to disable this user instead.",
            ));
        }
        self.people()?.users.set_disabled(&actor, &username, is_disabled).await?;
        Ok(Json(Done {}))
    }

    async fn delete_user(&self, call: Call<DeleteUser>) -> Answer<DeleteUser> {
        let (caller, actor) = (call.principal().clone(), call.actor().clone());
        let (_, input) = call.into_parts();
        let username = given(input.0.username, "username")?;
        if caller.username() == Some(&username) {
            return Err(Error::bad_request(
                "Users cannot delete their own account. Ask another admin to delete this user instead.",
            ));
        }
        self.people()?.users.delete(&actor, &username).await?;
        Ok(Json(Done {}))
    }
}
