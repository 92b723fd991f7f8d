using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using Microsoft.OpenApi.Reader;
using MlxVideo.Coordinator.Http.OpenApi;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Commands;
using MlxVideo.Shared.Commands.Definitions;
using MlxVideo.Shared.Json;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Coordinator.Tests.Http;

/// <summary>The OpenAPI document, compared with the definitions of the commands and with their JSON.</summary>
public sealed class ApiDocumentTests : IAsyncLifetime
{
    private ApiUnderTest _api = null!;
    private OpenApiDocument _document = null!;
    private OpenApiDiagnostic _diagnostic = null!;

    public async Task InitializeAsync()
    {
        _api = await ApiUnderTest.StartAsync();
        await using var json = await _api.Client.GetStreamAsync(new Uri(ApiDocument.Path, UriKind.Relative));
        (_document, _diagnostic) = await OpenApiDocument.LoadAsync(json, "json") is { Document: { } document, Diagnostic: { } diagnostic }
            ? (document, diagnostic)
            : throw new InvalidDataException("The document can't be read.");
    }

    public async Task DisposeAsync() => await _api.DisposeAsync();

    [Fact]
    public void Document_is_valid()
    {
        Assert.Empty(_diagnostic.Errors);
        Assert.Empty(_diagnostic.Warnings);
        Assert.Equal(OpenApiSpecVersion.OpenApi3_1, _diagnostic.SpecificationVersion);
    }

    [Fact]
    public void Document_has_one_operation_for_each_command_and_those_of_blobs()
    {
        var operations =
            from path in _document.Paths
            from operation in path.Value.Operations!
            select $"{operation.Key} {path.Key} {operation.Value.OperationId}";
        var commands = FarmCommands.All.Select(command => $"{command.Method} {command.Path} {new CommandOperation(command).Id}");
        string[] blobs =
            ["GET /blobs/{digest} blobDownload", "HEAD /blobs/{digest} blobQuery", "PUT /blobs/{digest} blobUpload"];
        Assert.Equal(commands.Concat(blobs).Order(StringComparer.Ordinal), operations.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("farm", "submit", "farmSubmit")]
    [InlineData("cluster", "down-unreachable", "clusterDownUnreachable")]
    public void Operation_ids_join_group_and_name(string group, string name, string id) => Assert.Equal(
        id, new CommandOperation(FarmCommands.All.Single(command => command.PaletteName == group && command.Name == name)).Id);

    [Fact]
    public void Every_argument_is_where_the_command_takes_it()
    {
        foreach (var command in FarmCommands.All)
        {
            var operation = OperationOf(command);
            var body = operation.RequestBody?.Content!["application/json"].Schema;
            Assert.Equal(command.Summary, operation.Summary);
            Assert.Equal(command.HasBody, body is not null);
            var parameters = operation.Parameters?.Where(each => each.In != ParameterLocation.Header).ToList() ?? [];
            // A followed command has another type of response, which generated clients could not distinguish.
            var arguments = command.Arguments.Where(argument => !(command.CanFollow && argument.Name == "follow")).ToList();
            Assert.Equal(arguments.Count, parameters.Count + (body?.Properties!.Count ?? 0));
            foreach (var argument in arguments)
            {
                var parameter = parameters.SingleOrDefault(each => each.Name == argument.Name);
                Assert.Equal(argument.Help, parameter is null ? body!.Properties![argument.Name].Description : parameter.Description);
                Assert.Equal(
                    argument.IsRequired, parameter is null ? body!.Required?.Contains(argument.Name) is true : parameter.Required);
                if (parameter is not null)
                    Assert.Equal(
                        command.IsInPath(argument) ? ParameterLocation.Path : ParameterLocation.Query, parameter.In);
            }
        }
    }

    [Fact]
    public void Every_command_has_its_result_and_problem_details()
    {
        foreach (var command in FarmCommands.All)
        {
            var responses = OperationOf(command).Responses!;
            var success = responses[command.RequestType == typeof(SubmitBatch) ? "201" : "200"];
            var (type, content) = Assert.Single(success.Content!);
            Assert.Equal(command.IsStream ? "text/event-stream" : "application/json", type);
            Assert.Contains(command.ResultType.Name, _document.Components!.Schemas!.Keys);
            if (command.IsStream)
                Assert.Contains(command.ResultType.Name, content.Schema!.Description, StringComparison.Ordinal);
            else
                Assert.Equal(command.ResultType.Name, Assert.IsType<OpenApiSchemaReference>(content.Schema).Reference.Id);
            Assert.Equal(command.Method == "GET" && !command.IsStream, responses.ContainsKey("304"));
            Assert.All(responses.Where(response => response.Key is "default" or [>= '4', ..]), response => Assert.Equal(
                nameof(ApiProblem),
                Assert.IsType<OpenApiSchemaReference>(response.Value.Content!["application/problem+json"].Schema).Reference.Id));
        }
    }

    [Fact]
    public void Results_have_the_members_that_are_written()
    {
        var worker = new WorkerView("id", "mini", "mps", "digest", "ltx", "arithmetic", null)
        {
            State = WorkerState.Busy,
            Resident = [ModelComponent.TextEncoder],
            TeraflopsPerSecond = double.NaN,
        };
        var json = JsonSerializer.SerializeToNode(worker, FarmJson.Options)!.AsObject();
        var schema = SchemaOf(nameof(WorkerView));
        Assert.Equal(json.Select(member => member.Key).Order(), schema.Properties!.Keys.Order());
        Assert.Equal(json.Select(member => member.Key).Order(), schema.Required!.Order());
        Assert.All(
            json.Where(member => member.Value is null), member => Assert.True(IsNullable(schema.Properties![member.Key]), member.Key));
        Assert.Contains(json["state"]!.ToString(), EnumOf(nameof(WorkerState)));
        Assert.Contains(json["resident"]![0]!.ToString(), EnumOf(nameof(ModelComponent)));
        Assert.All(["id", "tags", "state", "present"], name => Assert.False(IsNullable(schema.Properties![name]), name));
    }

    [Fact]
    public void Submission_has_the_rules_of_the_farm()
    {
        var settings = SchemaOf(nameof(RenderSettings));
        Assert.Equal(["prompt"], settings.Required!);
        Assert.Equal(["distilled", "one_stage", "two_stage"], EnumOf(nameof(PipelineKind)).Take(3));
        var width = settings.Properties!["width"];
        Assert.Equal(
            ("64", "4096", 512, JsonSchemaType.Integer), (width.Minimum, width.Maximum, (int)width.Default!.AsValue(), width.Type));
        Assert.Equal(JsonSchemaType.Number, settings.Properties["fps"].Type); // null is no frame rate
        var batch = SchemaOf(nameof(SubmitBatch));
        Assert.Equal((1, 100_000), (batch.Properties!["clips"].MinItems, batch.Properties["clips"].MaxItems));
        Assert.Contains(
            $"{SubmitBatch.MaxBytes} bytes", OperationOf(FarmCommands.Of(typeof(SubmitBatch))).RequestBody!.Description,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Records_and_members_are_described_by_their_comments()
    {
        Assert.All(_document.Components!.Schemas!.Where(schema => FarmCommands.All.All(command => command.RequestType.Name != schema.Key)),
            schema => Assert.False(string.IsNullOrEmpty(schema.Value.Description), schema.Key));
        Assert.Equal(
            "Compute device: `mps`, `cpu` or `cuda`.", SchemaOf(nameof(WorkerView)).Properties!["device"].Description);
        Assert.Equal(
            "The drained workers, which get no stages; those that have left are not among workers.",
            SchemaOf(nameof(FarmStatus)).Properties!["drained"].Description);
    }

    /// <summary>Generated clients send null for an optional body that is left out.</summary>
    [Theory]
    [InlineData("/api/v1/batches/b9/retry", HttpStatusCode.NotFound)]
    [InlineData("/api/v1/join-tokens", HttpStatusCode.Conflict)]
    public async Task Null_is_an_absent_body(string path, HttpStatusCode status)
    {
        using var content = new StringContent("null", new MediaTypeHeaderValue("application/json"));
        using var response = await _api.Client.PostAsync(new Uri(path, UriKind.Relative), content);
        Assert.Equal(status, response.StatusCode);
    }

    private static bool IsNullable(IOpenApiSchema schema) =>
        schema.Type?.HasFlag(JsonSchemaType.Null) is true || schema.OneOf?.Any(each => each.Type == JsonSchemaType.Null) is true;

    private IOpenApiSchema SchemaOf(string name) => _document.Components!.Schemas![name];

    private IEnumerable<string> EnumOf(string name) => SchemaOf(name).Enum!.Select(value => value.GetValue<string>());

    private OpenApiOperation OperationOf(FarmCommand command) => _document.Paths[command.Path].Operations![new HttpMethod(command.Method)];
}
