//! Tables and secrets of the template.

use super::error::TemplateError;
use super::identity;
use super::node::{Node, Resource};
use super::stack::{Index, Key, Secret, Table};
use indexmap::IndexMap;

pub(super) fn table(resource: &Resource<'_>) -> Result<Table, TemplateError> {
    let properties = resource.properties()?;
    if let Some(local) = properties.get("LocalSecondaryIndexes")? {
        return Err(local.error("local secondary indexes are not made on this machine; use a global one"));
    }
    let mut attribute_types = IndexMap::new();
    for definition in properties.require("AttributeDefinitions")?.items()? {
        attribute_types
            .insert(definition.require("AttributeName")?.text()?, definition.require("AttributeType")?.text()?);
    }
    let mut indexes = Vec::new();
    if let Some(declared) = properties.get("GlobalSecondaryIndexes")? {
        for index in declared.items()? {
            indexes.push(self::index(&index)?);
        }
    }
    let expiry = properties.get("TimeToLiveSpecification")?;
    let expiry_attribute = match expiry {
        Some(expiry) if expiry.require("Enabled")?.flag()? => Some(expiry.require("AttributeName")?.text()?),
        _ => None,
    };
    let stream = properties.find(&["StreamSpecification", "StreamViewType"])?;
    let table = Table {
        logical_id: resource.id.clone(),
        name: identity::name(resource)?,
        keys: keys(&properties)?,
        attribute_types,
        indexes,
        expiry_attribute,
        stream: stream.map(|view| view.text()).transpose()?,
    };
    let used = table.keys.iter().chain(table.indexes.iter().flat_map(|index| &index.keys));
    for key in used {
        if !table.attribute_types.contains_key(&key.attribute) {
            let reason = format!("does not define the key attribute {:?}", key.attribute);
            return Err(TemplateError::at(format!("{}.AttributeDefinitions", properties.place), reason));
        }
    }
    Ok(table)
}

fn index(node: &Node<'_>) -> Result<Index, TemplateError> {
    let projection = node.require("Projection")?;
    let included = match projection.get("NonKeyAttributes")? {
        Some(names) => names.items()?.iter().map(Node::text).collect::<Result<_, _>>()?,
        None => Vec::new(),
    };
    Ok(Index {
        name: node.require("IndexName")?.text()?,
        keys: keys(node)?,
        projection: projection.require("ProjectionType")?.text()?,
        included,
    })
}

fn keys(node: &Node<'_>) -> Result<Vec<Key>, TemplateError> {
    let key = |key: &Node<'_>| {
        Ok(Key { attribute: key.require("AttributeName")?.text()?, kind: key.require("KeyType")?.text()? })
    };
    node.require("KeySchema")?.items()?.iter().map(key).collect()
}

pub(super) fn secret(resource: &Resource<'_>) -> Result<Secret, TemplateError> {
    let initial = resource.properties()?.get("SecretString")?;
    Ok(Secret {
        logical_id: resource.id.clone(),
        name: identity::name(resource)?,
        arn: identity::arn(resource)?,
        initial: initial.map(|text| text.text()).transpose()?,
    })
}
