//! The types of resources that grants speak of.

/// The pattern that stands for every resource of a type.
pub const WILDCARD: &str = "*";

macro_rules! resource_types {
    ($($(#[$meta:meta])* $variant:ident = $name:literal $grain:ident),+ $(,)?) => {
        /// A type of resource. The names are those of `role_permissions.resource_type`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum ResourceType { $($(#[$meta])* $variant),+ }

        impl ResourceType {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name that MLflow gives it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// The type of that name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)+ _ => None }
            }

            /// Whether a grant may name a single resource of the type, or only all of them.
            pub const fn has_ids(self) -> bool {
                match self { $(Self::$variant => resource_types!(@ $grain)),+ }
            }
        }
    };
    (@ id) => { true };
    (@ wildcard_only) => { false };
}

resource_types! {
    Workspace = "workspace" wildcard_only,
    Experiment = "experiment" id,
    RegisteredModel = "registered_model" id,
    Prompt = "prompt" id,
    Scorer = "scorer" id,
    GatewaySecret = "gateway_secret" id,
    GatewayEndpoint = "gateway_endpoint" id,
    GatewayModelDefinition = "gateway_model_definition" id,
    McpServer = "mcp_server" id,
    // Sub-resources: grants on them hold for all of the type, never for one id (MLflow 3.17 `permissions.py`, TYPE).
    Run = "run" wildcard_only,
    Trace = "trace" wildcard_only,
    Assessment = "assessment" wildcard_only,
    LoggedModel = "logged_model" wildcard_only,
    ReviewQueue = "review_queue" wildcard_only,
    RegisteredModelVersion = "registered_model_version" wildcard_only,
    PromptVersion = "prompt_version" wildcard_only,
    ScorerVersion = "scorer_version" wildcard_only,
    McpServerVersion = "mcp_server_version" wildcard_only,
}

impl ResourceType {
    /// Whether a grant with `pattern` on this type speaks of the resource `id`.
    pub fn matches(self, pattern: &str, id: &str) -> bool {
        pattern == WILDCARD || (self.has_ids() && pattern == id)
    }
}

impl std::fmt::Display for ResourceType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_on_a_sub_resource_holds_for_all_or_for_none() {
        assert!(ResourceType::Run.matches("*", "abc"));
        assert!(!ResourceType::Run.matches("abc", "abc"));
        assert!(ResourceType::Experiment.matches("1", "1"));
        assert!(!ResourceType::Experiment.matches("1", "11"));
    }

    #[test]
    fn every_type_is_found_by_its_name() {
        for kind in ResourceType::ALL {
            assert_eq!(ResourceType::from_name(kind.as_str()), Some(*kind));
        }
    }
}
