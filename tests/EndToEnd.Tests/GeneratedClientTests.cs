using MlxVideo.EndToEnd.Tests.Processes;

namespace MlxVideo.EndToEnd.Tests;

/// <summary>A client generated from the coordinator's OpenAPI document, on a running farm.</summary>
public sealed class GeneratedClientTests(TinyModelFixture model) : IClassFixture<TinyModelFixture>
{
    /// <summary>The program of a user who knows only the generated client.</summary>
    private const string Program = """
        using System.Collections.Generic;
        using System.IO;
        using System.Linq;
        using System.Net.Http;
        using System.Text.Json;
        using System.Text.Json.Serialization;
        using System.Threading.Tasks;

        namespace Generated;

        public partial class FarmClient
        {
            static partial void UpdateJsonSerializerSettings(JsonSerializerOptions settings) =>
                settings.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull; // members that are left out take their defaults
        }

        public static class Program
        {
            public static async Task<(string Clip, string Events, string Refusal)> RunAsync(HttpClient http, string address)
            {
                var farm = new FarmClient(http) { BaseUrl = address };
                var settings = new RenderSettings { Prompt = "a red balloon", Width = 128, Height = 64, Num_frames = 17, Seed = 0 };
                var created = await farm.FarmSubmitAsync(new SubmitBatch
                {
                    Client_token = "generated",
                    Clips = [new SubmittedClip { Row = 1, Output = "balloon.mp4", Constraints = new(), Settings = settings }],
                });
                BatchView view;
                long? seen = null;
                do
                {
                    view = await farm.FarmShowAsync(created.Id, newer_than: seen, wait: 20);
                    seen = view.Version;
                }
                while (view.State == BatchState.Running);

                var finished = (await farm.FarmCollectAsync(created.Id)).Clips.Single();
                var file = Path.GetTempFileName();
                using (var download = await farm.BlobDownloadAsync(finished.Digest))
                {
                    await using var target = File.Create(file);
                    await download.Stream.CopyToAsync(target);
                }

                using var watch = await farm.FarmWatchAsync(created.Id);
                var events = await new StreamReader(watch.Stream).ReadToEndAsync();
                try
                {
                    await farm.FarmRetryAsync("nothing");
                    return (file, events, "");
                }
                catch (ApiException<ApiProblem> ex)
                {
                    return (file, events, $"{ex.StatusCode}: {ex.Result.Detail}");
                }
            }
        }
        """;

    [Fact]
    public async Task Client_generated_from_the_document_submits_a_batch_and_downloads_its_clip()
    {
        await using var farm = await FarmUnderTest.StartAsync(model.Folder, workers: 1);
        using var http = new HttpClient();
        var document = await http.GetStringAsync(new Uri(farm.Api, "/api/v1/openapi.json"));
        var run = await GeneratedClient.CompileAsync<Func<HttpClient, string, Task<(string Clip, string Events, string Refusal)>>>(
            document, Program, "RunAsync");

        var result = await run(http, farm.Api.ToString()).WaitAsync(TimeSpan.FromMinutes(5));
        try
        {
            Assert.Equal((128, 64, 17), await SizeAsync(result.Clip));
        }
        finally
        {
            File.Delete(result.Clip);
        }

        Assert.StartsWith("data: {\"id\":", result.Events, StringComparison.Ordinal);
        Assert.Contains("\"state\":\"ended\"", result.Events, StringComparison.Ordinal);
        Assert.Equal("404: There is no batch 'nothing': 'farm list' shows the batches.", result.Refusal);
    }

    private static async Task<(int Width, int Height, int Frames)> SizeAsync(string clip)
    {
        var (width, height, frames, _) = await ClipFile.ProbeAsync(clip);
        return (width, height, frames);
    }
}
