using System.Text.Json;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Sampling;
using MlxVideo.Engine.Tensors;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Safetensors;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Golden;

/// <summary>golden/schedule: sigma schedules, guidance and sampler steps.</summary>
public sealed class SamplingSuite : IGoldenSuite
{
    private const double Tolerance = 1e-6;

    // Guided values have magnitudes of a few units; ancestral steps subtract nearly equal squares.
    private const double StepTolerance = 1e-5;

    // No pipeline uses the CFG++ step. CFG*, APG and its stateful variant are in this data too, but have no separate step.
    private static readonly string[] UnusedSteps = ["euler_cfgpp"];

    public IEnumerable<GoldenCase> Discover(string root)
    {
        if (!Directory.Exists(Path.Combine(root, "schedule")))
            yield break;
        yield return new GoldenCase("schedule/schedule.json", Schedules);
        yield return new GoldenCase("schedule/examples.safetensors", Examples);
    }

    private static void Schedules(GoldenRun run)
    {
        var json = run.Json("schedule.json");
        foreach (var entry in json.GetProperty("ltx2_scheduler").EnumerateArray().Where(entry => entry.GetProperty("steps").GetInt32() > 1))
        {
            var (steps, tokens) = (entry.GetProperty("steps").GetInt32(), entry.GetProperty("tokens"));
            var count = tokens.ValueKind == JsonValueKind.Null ? Ltx2Schedule.DefaultTokens : tokens.GetInt32();
            Close(run, $"{steps} steps, {count} tokens", Ltx2Schedule.Sigmas(steps, count), entry.GetProperty("sigmas"));
        }

        foreach (var entry in json.GetProperty("ltx2_scheduler_variants").EnumerateArray())
            Close(run, $"variant {entry.GetProperty("kw")}", Variant(entry.GetProperty("kw")), entry.GetProperty("sigmas"));
        // No pipeline uses the linear-quadratic and beta schedules.
        Close(run, "distilled stage 1", DistilledSigmas.Pass1, json.GetProperty("distilled_stage1"));
        Close(run, "distilled stage 2", DistilledSigmas.Pass2, json.GetProperty("distilled_stage2"));
        CheckGuidanceTables(run, json);
    }

    private static void CheckGuidanceTables(GoldenRun run, JsonElement json)
    {
        foreach (var row in json.GetProperty("mm_skip_step").EnumerateObject())
        {
            var guidance = new GuidanceSettings { SkipStep = int.Parse(row.Name, System.Globalization.CultureInfo.InvariantCulture) };
            run.ExactSequence(
                $"steps skipped at {row.Name}", Enumerable.Range(0, 8).Select(guidance.Skips),
                row.Value.EnumerateArray().Select(item => item.GetBoolean()));
        }

        var bins = json.GetProperty("mm_factory_bins");
        var plan =
            new GuidancePlan(
                bins.GetProperty("keys").EnumerateObject()
                    .Select(bin => new GuidanceBin(Number(bin.Name), new GuidanceSettings { CfgScale = bin.Value.GetDouble() })).ToList());
        foreach (var row in bins.GetProperty("lookup").EnumerateObject())
            run.Exact($"guidance at sigma {row.Name}", plan.For(Number(row.Name)).CfgScale, row.Value.GetDouble());

        var official = json.GetProperty("official_params");
        CheckDefaults(run, official.GetProperty("LTX_2"), PipelineDefaults.Ltx20);
        CheckDefaults(run, official.GetProperty("LTX_2_3"), PipelineDefaults.Ltx23);
        CheckDefaults(run, official.GetProperty("LTX_2_3_HQ"), PipelineDefaults.Ltx23HighQuality);
    }

    private static void CheckDefaults(GoldenRun run, JsonElement official, PipelineDefaults defaults)
    {
        run.Exact("width", defaults.Width, official.GetProperty("stage_1_width").GetInt32());
        run.Exact("height", defaults.Height, official.GetProperty("stage_1_height").GetInt32());
        run.Exact("frames", defaults.NumFrames, official.GetProperty("num_frames").GetInt32());
        run.Exact("rate", defaults.Fps, official.GetProperty("frame_rate").GetDouble());
        run.Exact("steps", defaults.Steps, official.GetProperty("num_inference_steps").GetInt32());
        CheckGuidance(official.GetProperty("video_guider_params"), defaults.Video);
        CheckGuidance(official.GetProperty("audio_guider_params"), defaults.Audio);

        void CheckGuidance(JsonElement expected, GuidanceSettings guidance)
        {
            run.Exact("cfg", guidance.CfgScale, expected.GetProperty("cfg_scale").GetDouble());
            run.Exact("stg", guidance.StgScale, expected.GetProperty("stg_scale").GetDouble());
            run.ExactSequence("stg blocks", guidance.StgBlocks
                ?? [], expected.GetProperty("stg_blocks").EnumerateArray().Select(block => block.GetInt32()));
            run.Exact("rescale", guidance.RescaleScale, expected.GetProperty("rescale_scale").GetDouble());
            run.Exact("modality", guidance.ModalityScale, expected.GetProperty("modality_scale").GetDouble());
        }
    }

    private static void Examples(GoldenRun run)
    {
        var file = run.Open("examples.safetensors");
        var evaluations = new Dictionary<GuidanceEvaluation, Tensor>
        {
            [GuidanceEvaluation.Conditional] = file.ReadTensor("in.cond"),
            [GuidanceEvaluation.Unconditional] = file.ReadTensor("in.uncond"),
            [GuidanceEvaluation.Perturbed] = file.ReadTensor("in.perturbed"),
            [GuidanceEvaluation.Isolated] = file.ReadTensor("in.modality"),
        };
        CheckCombined(run, file, evaluations);
        CheckSteps(run, file, evaluations);
        CheckTokens(run, file, evaluations[GuidanceEvaluation.Conditional]);
    }

    private static void CheckCombined(GoldenRun run, SafetensorsFile file, IReadOnlyDictionary<GuidanceEvaluation, Tensor> evaluations)
    {
        var conditional = evaluations[GuidanceEvaluation.Conditional];
        Check("cfg.scale4.applied", new GuidanceSettings { CfgScale = 4 });
        run.Close(file, "cfg.scale4", Guidance.Combine(new GuidanceSettings { CfgScale = 4 }, evaluations) - conditional, StepTolerance);
        run.Close(
            file, "stg.scale1.5", Guidance.Combine(new GuidanceSettings { StgScale = 1.5 }, evaluations) - conditional, StepTolerance);
        Check("mm.cfg3", new GuidanceSettings { CfgScale = 3 });
        Check("mm.cfg3.stg1", new GuidanceSettings { CfgScale = 3, StgScale = 1 });
        Check("mm.cfg3.stg1.mod3", new GuidanceSettings { CfgScale = 3, StgScale = 1, ModalityScale = 3 });
        Check("mm.cfg3.stg1.mod3.rescale0.7", new GuidanceSettings { CfgScale = 3, StgScale = 1, ModalityScale = 3, RescaleScale = 0.7 });
        Check("mm.cfg7.stg1.mod3.rescale0.7", new GuidanceSettings { CfgScale = 7, StgScale = 1, ModalityScale = 3, RescaleScale = 0.7 });
        Check("mm.rescale1.only_cond", new GuidanceSettings { RescaleScale = 1 });

        void Check(string name, GuidanceSettings settings) => run.Close(file, name, Guidance.Combine(settings, evaluations), StepTolerance);
    }

    private static void CheckSteps(GoldenRun run, SafetensorsFile file, IReadOnlyDictionary<GuidanceEvaluation, Tensor> evaluations)
    {
        var sigmas = file.ReadTensor("in.sigmas").data<float>().ToArray();
        var (sample, noise) = (file.ReadTensor("in.sample"), file.ReadTensor("in.noise"));
        var (conditional, unconditional) = (evaluations[GuidanceEvaluation.Conditional], evaluations[GuidanceEvaluation.Unconditional]);
        foreach (var name in file.Header.Tensors.Keys.Where(key =>
            key.Contains(".step", StringComparison.Ordinal)
                && !UnusedSteps.Any(unused => key.StartsWith(unused, StringComparison.Ordinal))))
        {
            var index = int.Parse(name[^1..], System.Globalization.CultureInfo.InvariantCulture);
            var (sigma, next) = (sigmas[index], sigmas[index + 1]);
            var moved = name.Split(".step")[0] switch
            {
                "euler" => EulerStep.Apply(sample, conditional, sigma, next),
                "res2s.eta0.5" => new Res2sStep(0.5).Apply(sample, conditional, noise, sigma, next),
                "euler_ancestral.eta0.0.s1.0" => new AncestralEulerStep(0).Apply(sample, conditional, noise, sigma, next),
                "euler_ancestral.eta0.5.s1.0" => new AncestralEulerStep(0.5).Apply(sample, conditional, noise, sigma, next),
                "euler_ancestral.eta1.0.s1.0" => new AncestralEulerStep().Apply(sample, conditional, noise, sigma, next),
                "euler_ancestral.eta1.0.s0.5" => new AncestralEulerStep(1, 0.5).Apply(sample, conditional, noise, sigma, next),
                var other => throw new InvalidOperationException($"The golden data contains the unknown step '{other}'."),
            };
            run.Close(file, name, moved, StepTolerance);
        }
    }

    private static void CheckTokens(GoldenRun run, SafetensorsFile file, Tensor conditional)
    {
        var (sample, mask) = (file.ReadTensor("in.sample"), file.ReadTensor("in.denoise_mask"));
        run.Close(file, "to_denoised.sigma0.725", LatentMath.ToDenoised(sample, conditional, tensor(0.725f)), Tolerance);
        run.Close(
            file, "to_denoised.per_token",
            LatentMath.ToDenoised(sample, conditional, file.ReadTensor("in.per_token_timesteps")), Tolerance);
        run.Close(file, "to_velocity.sigma0.725", LatentMath.ToVelocity(sample, conditional, 0.725f), Tolerance);
        run.Close(file, "post_process_latent", LatentMath.KeepClean(conditional, mask, file.ReadTensor("in.uncond")), Tolerance);
    }

    private static IReadOnlyList<float> Variant(JsonElement kw)
    {
        var terminal = kw.TryGetProperty("terminal", out var last) ? last.GetDouble() : 0.1;
        var stretches = !kw.TryGetProperty("stretch", out var stretch) || stretch.GetBoolean();
        return Ltx2Schedule.Sigmas(
            kw.GetProperty("steps").GetInt32(),
            maxShift: kw.TryGetProperty("max_shift", out var max) ? max.GetDouble() : 2.05,
            baseShift: kw.TryGetProperty("base_shift", out var min) ? min.GetDouble() : 0.95,
            terminal: stretches ? terminal : null);
    }

    private static void Close(GoldenRun run, string name, IReadOnlyList<float> actual, JsonElement expected) =>
        run.Close(
            name, tensor(actual.ToArray()), tensor(expected.EnumerateArray().Select(level => level.GetSingle()).ToArray()), Tolerance);

    private static double Number(string text) => double.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
