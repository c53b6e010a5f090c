//! What each route can answer, for its documentation.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::{Content, ContentBuilder, Object, Ref, RefOr, Response, ResponseBuilder, Schema, Type};
use utoipa::{IntoResponses, PartialSchema, ToSchema};

use super::problem::Refusal;
use crate::views::Page;

type Responses = BTreeMap<String, RefOr<Response>>;

/// A page of a list, or a table of it.
pub struct ListOf<T>(PhantomData<T>);

/// One thing, if there is one.
pub struct OneOf<T>(PhantomData<T>);

/// One thing, or a table of its parts, if there is one.
pub struct TableOf<T>(PhantomData<T>);

/// One thing that there always is.
pub struct Always<T>(PhantomData<T>);

/// A stream of events.
pub struct Stream<T>(PhantomData<T>);

impl<T: ToSchema> IntoResponses for ListOf<T> {
    fn responses() -> Responses {
        let table = Content::new(Some(RefOr::T(Schema::from(Object::with_type(Type::String)))));
        let found = tagged("A page, or a table of it", named(page::<T>()))
            .content("text/csv", table)
            .header("Link", text("Where the next page is, `rel=\"next\"`"));
        with(refusals(), [("200", found.build()), ("304", unchanged())])
    }
}

impl<T: ToSchema> IntoResponses for TableOf<T> {
    fn responses() -> Responses {
        let table = Content::new(Some(RefOr::T(Schema::from(Object::with_type(Type::String)))));
        let found = tagged("It, or a table of its parts", reference::<T>()).content("text/csv", table);
        with(
            refusals(),
            [("200", found.build()), ("304", unchanged()), ("404", refusal("There is no such thing"))],
        )
    }
}

impl<T: ToSchema> IntoResponses for OneOf<T> {
    fn responses() -> Responses {
        let missing = refusal("There is no such thing in the record");
        with(Always::<T>::responses(), [("404", missing)])
    }
}

impl<T: ToSchema> IntoResponses for Always<T> {
    fn responses() -> Responses {
        let found = tagged("It", reference::<T>()).build();
        with(refusals(), [("200", found), ("304", unchanged())])
    }
}

impl<T: ToSchema> IntoResponses for Stream<T> {
    fn responses() -> Responses {
        let events = ContentBuilder::new().schema(Some(reference::<T>())).build();
        let stream = ResponseBuilder::new()
            .description(
                "Events as they come, each as `event: event` with its id; every 15 seconds a comment",
            )
            .content("text/event-stream", events);
        with(refusals(), [("200", stream.build())])
    }
}

fn with<const N: usize>(mut responses: Responses, more: [(&str, Response); N]) -> Responses {
    responses.extend(more.map(|(status, response)| (status.to_owned(), RefOr::T(response))));
    responses
}

/// What can go wrong with everything.
fn refusals() -> Responses {
    let late = ResponseBuilder::from(refusal("Too many requests from this address"))
        .header("Retry-After", text("Seconds until the next may come"));
    let busy = ResponseBuilder::from(refusal("More is asked than can be answered now, or it takes too long"))
        .header("Retry-After", text("Seconds until the next may come"));
    with(
        Responses::new(),
        [
            ("400", refusal("What is asked is not understood: the message says why")),
            ("414", refusal("The URL is longer than is allowed")),
            ("422", refusal("The answer would be too large")),
            ("429", late.build()),
            ("500", refusal("The record cannot be read")),
            ("503", busy.build()),
        ],
    )
}

fn refusal(description: &str) -> Response {
    let content = Content::new(Some(reference::<Refusal>()));
    ResponseBuilder::new().description(description).content("application/json", content).build()
}

fn unchanged() -> Response {
    ResponseBuilder::new().description("It is what the tag in `If-None-Match` says").build()
}

fn tagged(description: &str, schema: RefOr<Schema>) -> ResponseBuilder {
    ResponseBuilder::new()
        .description(description)
        .content("application/json", Content::new(Some(schema)))
        .header("ETag", text("Tag of this answer, for `If-None-Match`"))
        .header("Cache-Control", text("How long it can be used; `no-cache` if a part of it may be undone"))
}

fn text(description: &str) -> utoipa::openapi::Header {
    HeaderBuilder::new().schema(Object::with_type(Type::String)).description(Some(description)).build()
}

/// A schema by its name, as the list of all schemas has it.
fn reference<T: ToSchema>() -> RefOr<Schema> {
    named(T::name().into_owned())
}

fn named(name: String) -> RefOr<Schema> {
    RefOr::Ref(Ref::from_schema_name(name))
}

/// The name of a page of these.
fn page<T: ToSchema>() -> String {
    format!("{}Page", T::name())
}

/// Adds a schema and those that it is made of.
pub fn declare<T: ToSchema>(schemas: &mut Vec<(String, RefOr<Schema>)>) {
    schemas.push((T::name().into_owned(), T::schema()));
    T::schemas(schemas);
}

/// The same, with pages of it.
pub fn declare_pages<T: ToSchema>(schemas: &mut Vec<(String, RefOr<Schema>)>) {
    declare::<T>(schemas);
    schemas.push((page::<T>(), Page::<T>::schema()));
}
