// Compiles shaders for an AMD card that is not there. RADV, Mesa's Vulkan driver, has a null device: RADV_FORCE_FAMILY
// names a family of chips, the driver's compiler (ACO) produces their machine code, and nothing is ever executed.
//
//   compile-pipeline VERTEX.spv FRAGMENT.spv …
//
// Plain uniforms lie at binding 31, textures below. Writes one JSON object a line: {"device": …}, then for every fragment
// shader {"shader": PATH, "lanes": …, "statistics": {…}}, or {"shader": PATH, "error": …}.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vulkan/vulkan.h>

enum { UNIFORMS = 31, BINDINGS = 32, EXECUTABLES = 4, STATISTICS = 48 };

static VkDevice device;
static VkRenderPass pass;
static VkPipelineLayout layout;

static void expect(VkResult result, const char *what) {
  if (result == VK_SUCCESS) return;
  fprintf(stderr, "%s expected VK_SUCCESS, got %d\n", what, result);
  exit(1);
}

static void openDevice(void) {
  VkApplicationInfo app = {.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO, .apiVersion = VK_API_VERSION_1_2};
  VkInstanceCreateInfo wanted = {.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO, .pApplicationInfo = &app};
  VkInstance instance;
  expect(vkCreateInstance(&wanted, NULL, &instance), "vkCreateInstance");

  uint32_t count = 1;
  VkPhysicalDevice physical;
  VkResult found = vkEnumeratePhysicalDevices(instance, &count, &physical);
  if (count == 0 || (found != VK_SUCCESS && found != VK_INCOMPLETE)) {
    fprintf(stderr, "expected RADV's null device, got no device\n");
    exit(1);
  }
  VkPhysicalDeviceProperties properties;
  vkGetPhysicalDeviceProperties(physical, &properties);
  printf("{\"device\":\"%s\"}\n", properties.deviceName);

  const char *extension = VK_KHR_PIPELINE_EXECUTABLE_PROPERTIES_EXTENSION_NAME;
  VkPhysicalDevicePipelineExecutablePropertiesFeaturesKHR feature = {
      .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PIPELINE_EXECUTABLE_PROPERTIES_FEATURES_KHR,
      .pipelineExecutableInfo = VK_TRUE};
  float priority = 1;
  VkDeviceQueueCreateInfo queue = {
      .sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO, .queueCount = 1, .pQueuePriorities = &priority};
  VkDeviceCreateInfo info = {.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO, .pNext = &feature,
      .queueCreateInfoCount = 1, .pQueueCreateInfos = &queue, .enabledExtensionCount = 1,
      .ppEnabledExtensionNames = &extension};
  expect(vkCreateDevice(physical, &info, NULL, &device), "vkCreateDevice");
}

// What a kernel of GPU.js draws into: one texture of 32-bit floats, four to a texel for matrices.
static void describePass(void) {
  VkAttachmentDescription target = {.format = VK_FORMAT_R32G32B32A32_SFLOAT, .samples = VK_SAMPLE_COUNT_1_BIT,
      .loadOp = VK_ATTACHMENT_LOAD_OP_DONT_CARE, .storeOp = VK_ATTACHMENT_STORE_OP_STORE,
      .finalLayout = VK_IMAGE_LAYOUT_GENERAL};
  VkAttachmentReference reference = {.layout = VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL};
  VkSubpassDescription subpass = {.colorAttachmentCount = 1, .pColorAttachments = &reference};
  VkRenderPassCreateInfo info = {.sType = VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO, .attachmentCount = 1,
      .pAttachments = &target, .subpassCount = 1, .pSubpasses = &subpass};
  expect(vkCreateRenderPass(device, &info, NULL, &pass), "vkCreateRenderPass");
}

static VkShaderModule readModule(const char *path) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) {
    perror(path);
    exit(1);
  }
  fseek(file, 0, SEEK_END);
  long size = ftell(file);
  rewind(file);
  uint32_t *words = malloc(size);
  if (fread(words, 1, size, file) != (size_t)size) exit(1);
  fclose(file);
  VkShaderModuleCreateInfo info = {
      .sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO, .codeSize = size, .pCode = words};
  VkShaderModule module;
  expect(vkCreateShaderModule(device, &info, NULL, &module), path);
  free(words);
  return module;
}

static void describeBindings(void) {
  VkDescriptorSetLayoutBinding bindings[BINDINGS];
  for (int i = 0; i < BINDINGS; i++) {
    bindings[i] = (VkDescriptorSetLayoutBinding){
        .binding = i,
        .descriptorType = i == UNIFORMS ? VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER : VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER,
        .descriptorCount = 1,
        .stageFlags = VK_SHADER_STAGE_ALL_GRAPHICS};
  }
  VkDescriptorSetLayoutCreateInfo setInfo = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO,
      .bindingCount = BINDINGS, .pBindings = bindings};
  VkDescriptorSetLayout set;
  expect(vkCreateDescriptorSetLayout(device, &setInfo, NULL, &set), "vkCreateDescriptorSetLayout");
  VkPipelineLayoutCreateInfo info = {
      .sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO, .setLayoutCount = 1, .pSetLayouts = &set};
  expect(vkCreatePipelineLayout(device, &info, NULL, &layout), "vkCreatePipelineLayout");
}

static VkResult link(VkShaderModule vertex, VkShaderModule fragment, VkPipeline *pipeline) {
  VkPipelineShaderStageCreateInfo stages[] = {{.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
      .stage = VK_SHADER_STAGE_VERTEX_BIT, .module = vertex, .pName = "main"},
                                              {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
      .stage = VK_SHADER_STAGE_FRAGMENT_BIT, .module = fragment, .pName = "main"}};
  // Corners and texture coordinates, two floats each, as a strip of two triangles.
  VkVertexInputBindingDescription buffers[] = {{.binding = 0, .stride = 8}, {.binding = 1, .stride = 8}};
  VkVertexInputAttributeDescription attributes[] = {{.location = 0, .binding = 0, .format = VK_FORMAT_R32G32_SFLOAT},
                                                    {.location = 1, .binding = 1, .format = VK_FORMAT_R32G32_SFLOAT}};
  VkPipelineVertexInputStateCreateInfo input = {.sType = VK_STRUCTURE_TYPE_PIPELINE_VERTEX_INPUT_STATE_CREATE_INFO,
      .vertexBindingDescriptionCount = 2, .pVertexBindingDescriptions = buffers, .vertexAttributeDescriptionCount = 2,
      .pVertexAttributeDescriptions = attributes};
  VkPipelineInputAssemblyStateCreateInfo strip = {.sType = VK_STRUCTURE_TYPE_PIPELINE_INPUT_ASSEMBLY_STATE_CREATE_INFO,
      .topology = VK_PRIMITIVE_TOPOLOGY_TRIANGLE_STRIP};
  VkViewport area = {.width = 64, .height = 64, .maxDepth = 1};
  VkRect2D scissor = {.extent = {64, 64}};
  VkPipelineViewportStateCreateInfo view = {.sType = VK_STRUCTURE_TYPE_PIPELINE_VIEWPORT_STATE_CREATE_INFO,
      .viewportCount = 1, .pViewports = &area, .scissorCount = 1, .pScissors = &scissor};
  VkPipelineRasterizationStateCreateInfo raster = {.sType = VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_STATE_CREATE_INFO,
      .lineWidth = 1};
  VkPipelineMultisampleStateCreateInfo samples = {.sType = VK_STRUCTURE_TYPE_PIPELINE_MULTISAMPLE_STATE_CREATE_INFO,
      .rasterizationSamples = VK_SAMPLE_COUNT_1_BIT};
  VkPipelineColorBlendAttachmentState write = {.colorWriteMask = 0xf};
  VkPipelineColorBlendStateCreateInfo blend = {.sType = VK_STRUCTURE_TYPE_PIPELINE_COLOR_BLEND_STATE_CREATE_INFO,
      .attachmentCount = 1, .pAttachments = &write};
  VkGraphicsPipelineCreateInfo info = {.sType = VK_STRUCTURE_TYPE_GRAPHICS_PIPELINE_CREATE_INFO,
      .flags = VK_PIPELINE_CREATE_CAPTURE_STATISTICS_BIT_KHR, .stageCount = 2, .pStages = stages,
      .pVertexInputState = &input, .pInputAssemblyState = &strip, .pViewportState = &view,
      .pRasterizationState = &raster, .pMultisampleState = &samples, .pColorBlendState = &blend, .layout = layout,
      .renderPass = pass};
  return vkCreateGraphicsPipelines(device, VK_NULL_HANDLE, 1, &info, NULL, pipeline);
}

// Names and values as the driver has them; all of RADV's are 64-bit counts.
static void printStatistics(VkPipeline pipeline, uint32_t executable) {
  PFN_vkGetPipelineExecutableStatisticsKHR statisticsOf =
      (void *)vkGetDeviceProcAddr(device, "vkGetPipelineExecutableStatisticsKHR");
  VkPipelineExecutableInfoKHR which = {.sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INFO_KHR, .pipeline = pipeline,
      .executableIndex = executable};
  VkPipelineExecutableStatisticKHR statistics[STATISTICS];
  for (int i = 0; i < STATISTICS; i++)
    statistics[i] =
        (VkPipelineExecutableStatisticKHR){.sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_STATISTIC_KHR};
  uint32_t count = STATISTICS;
  expect(statisticsOf(device, &which, &count, statistics), "vkGetPipelineExecutableStatisticsKHR");
  for (uint32_t i = 0; i < count; i++)
    printf("%s\"%s\":%llu", i ? "," : "", statistics[i].name, (unsigned long long)statistics[i].value.u64);
}

static void report(const char *path, VkPipeline pipeline) {
  PFN_vkGetPipelineExecutablePropertiesKHR propertiesOf =
      (void *)vkGetDeviceProcAddr(device, "vkGetPipelineExecutablePropertiesKHR");
  VkPipelineInfoKHR which = {.sType = VK_STRUCTURE_TYPE_PIPELINE_INFO_KHR, .pipeline = pipeline};
  VkPipelineExecutablePropertiesKHR executables[EXECUTABLES];
  for (int i = 0; i < EXECUTABLES; i++)
    executables[i] = (VkPipelineExecutablePropertiesKHR){.sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_PROPERTIES_KHR};
  uint32_t count = EXECUTABLES;
  expect(propertiesOf(device, &which, &count, executables), "vkGetPipelineExecutablePropertiesKHR");
  for (uint32_t i = 0; i < count; i++) {
    if (!(executables[i].stages & VK_SHADER_STAGE_FRAGMENT_BIT)) continue;
    printf("{\"shader\":\"%s\",\"lanes\":%u,\"statistics\":{", path, executables[i].subgroupSize);
    printStatistics(pipeline, i);
    printf("}}\n");
  }
}

int main(int count, char **paths) {
  if (count < 3) {
    fprintf(stderr, "usage: compile-pipeline VERTEX.spv FRAGMENT.spv ...\n");
    return 2;
  }
  openDevice();
  describePass();
  describeBindings();
  VkShaderModule vertex = readModule(paths[1]);
  for (int i = 2; i < count; i++) {
    VkPipeline pipeline;
    VkResult result = link(vertex, readModule(paths[i]), &pipeline);
    if (result == VK_SUCCESS) report(paths[i], pipeline);
    else printf("{\"shader\":\"%s\",\"error\":\"vkCreateGraphicsPipelines: %d\"}\n", paths[i], result);
    fflush(stdout);
  }
  return 0;
}
